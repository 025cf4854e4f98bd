"""An uploaded file on its way in (上传): kept aside, looked at, tried, taken in, and thrown away. Begin with `kept`."""

from .beginning import READY, Look, choose, chosen_fields, describe, look
from .kept import Upload, find, keep, throw_away
from .run import look_after, problems_of, take_in, try_in

__all__ = [
    "READY",
    "Look",
    "Upload",
    "choose",
    "chosen_fields",
    "describe",
    "find",
    "keep",
    "look",
    "look_after",
    "problems_of",
    "take_in",
    "throw_away",
    "try_in",
]
