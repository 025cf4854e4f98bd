"""The style of the states, written from its table: `python tools/looks.py`, `--check` only compares (状态样式)."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

WEB = Path(__file__).resolve().parents[1] / "src" / "chainbreak" / "web"


def main() -> int:
    spec = importlib.util.spec_from_file_location("looks", WEB / "looks.py")
    looks = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(looks)
    target, wanted = WEB / "static" / "web" / "states.css", looks.css()
    if "--check" in sys.argv:
        same = target.exists() and target.read_text(encoding="utf-8") == wanted
        print("states.css is as its table" if same else "states.css is not as its table: run python tools/looks.py")
        return 0 if same else 1
    target.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
