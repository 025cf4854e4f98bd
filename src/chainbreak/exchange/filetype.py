"""What a file really is, from its first bytes and not from its name (文件类型)."""

import zipfile
from pathlib import Path

from chainbreak.exchange.problems import Unreadable

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM")
_ARCHIVES = {b"\x1f\x8b": "gzip", b"Rar!": "rar", b"7z\xbc\xaf": "7z", b"{\\rtf": "rtf"}


def kind_of(path: Path) -> str:
    """ "xlsx", "parquet" or "text".

    Raises:
        Unreadable: it is not there, empty, protected, or something that is not a table.
    """
    try:
        if path.is_dir():
            raise Unreadable(path, "file_is_folder")
        with open(path, "rb") as file:
            start = file.read(4096)
    except FileNotFoundError as error:
        raise Unreadable(path, "file_absent") from error
    except PermissionError as error:
        raise Unreadable(path, "file_not_permitted") from error
    except (OSError, ValueError) as error:
        raise Unreadable(path, "file_damaged", reason=getattr(error, "strerror", None) or str(error)) from error
    if not start:
        raise Unreadable(path, "file_empty")
    if start.startswith(b"PK"):
        return _zip_kind(path)
    if start.startswith(b"PAR1"):
        return "parquet"
    _refuse_others(path, start)
    return "text"


def _zip_kind(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError) as error:
        raise Unreadable(path, "file_damaged", reason=str(error)) from error
    if "xl/workbook.xml" in names:
        return "xlsx"
    kind = "docx" if "word/document.xml" in names else "ods" if "content.xml" in names else "zip"
    raise Unreadable(path, "file_is_archive", kind=kind)


def _refuse_others(path: Path, start: bytes) -> None:
    if start.startswith(_OLE):
        whole = path.read_bytes()
        locked = "EncryptedPackage".encode("utf-16-le") in whole
        raise Unreadable(path, "file_password" if locked else "file_is_old_excel")
    if start.lstrip().startswith(b"%PDF"):
        raise Unreadable(path, "file_is_pdf")
    if start.startswith(_PICTURES[:3]) or (start.startswith(_PICTURES[3]) and b"\0" in start[:32]):
        raise Unreadable(path, "file_is_picture")
    for magic, kind in _ARCHIVES.items():
        if start.startswith(magic):
            raise Unreadable(path, "file_is_archive", kind=kind)
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html", b"<table", b"<?xml", b"<meta", b"<head")):
        raise Unreadable(path, "file_is_html")
    if text.startswith((b"{", b"[{")):
        raise Unreadable(path, "file_is_json")
