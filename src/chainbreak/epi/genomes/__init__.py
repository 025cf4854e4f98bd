"""Genomes of the pathogen (基因组): aligned to a reference, compared, clustered, given a lineage, judged.

Begin at `analysis.of`. `alignment` places a genome on the reference, `distance` counts differing bases, `clusters` joins
what is near, `lineage` looks for defining mutations, `verdict` says what a distance means for a chain.
"""
