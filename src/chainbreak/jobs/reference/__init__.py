"""The reference outbreak as files (参考疫情): made up, seeded, in the columns anybody's files have.

Begin with `outbreak.write_reference`; who is in it stands in `cast`, who met whom in `meetings`, what became of them
in `course`. Nothing here is read by the platform but through the import.
"""

from .outbreak import SEED, Written
from .outbreak import write_reference as write

__all__ = ["SEED", "Written", "write"]
