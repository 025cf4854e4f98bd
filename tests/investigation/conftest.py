"""The small outbreak of the pages, for deeds of investigation too."""

from ..small_outbreak import outbreak, sign_in

__all__ = ["outbreak", "sign_in"]
