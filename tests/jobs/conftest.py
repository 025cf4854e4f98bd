"""Folders that the database server's own user can reach."""

import shutil
import tempfile
from pathlib import Path

import pytest


@pytest.fixture
def served_folder():
    """An installation's folder, gone after the test."""
    folder = Path(tempfile.mkdtemp(prefix="cb-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
