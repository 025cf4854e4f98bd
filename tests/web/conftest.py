"""The small outbreak, for the pages."""

from ..small_outbreak import KNOWN, at, outbreak, sign_in

__all__ = ["KNOWN", "at", "outbreak", "sign_in"]
