"""The sweep (扫描引擎): contacts out of two layouts of integers, by place in order of arrival and by person.

Begin with `copresence.trace`; `layout` lays stays out, `search` goes degree by degree, `looking` and `pairing` are the
machine code under it.
"""
