"""Building the package: the Chinese words are compiled first, so that every installation has both languages (构建)."""

import subprocess
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithWords(build_py):
    """Everything else is said in pyproject.toml."""

    def run(self) -> None:
        words = Path(__file__).resolve().parent / "tools" / "words.py"
        subprocess.run([sys.executable, str(words)], check=True)
        super().run()


setup(cmdclass={"build_py": BuildWithWords})
