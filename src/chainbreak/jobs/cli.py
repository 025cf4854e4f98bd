"""The command `chainbreak`: finds the commands, prepares what each needs, turns refusals into words (命令行)."""

from __future__ import annotations

import argparse
import ast
import contextlib
import errno
import importlib
import json
import keyword
import os
import pkgutil
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn, TextIO

import chainbreak
from chainbreak.governance.refusal import Refused
from chainbreak.jobs import commands, words
from chainbreak.jobs.words import gettext as _

DONE, REFUSED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130
NEARLY_FULL = 32_000_000  # bytes: less than two segments of the server's log
NEEDS = ("files", "database", "server")  # nothing but files | the database | to be the one server on the data folder


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives its exit status and never shows a traceback."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chainbreak.config.settings")
    with contextlib.suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets background programs ignore it
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        return _run(arguments, json_wanted="--json" in arguments)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader, `head` say, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else DONE if leaving.code is None else WRONG_USAGE


def names() -> list[str]:
    """The commands there are."""
    modules = (module.name for module in pkgutil.iter_modules(commands.__path__))
    return sorted(name.rstrip("_") for name in modules if not name.startswith("_"))


def module_of(name: str) -> str:
    """The module of a command; `import` cannot be the name of one."""
    return f"{name}_" if keyword.iskeyword(name) else name


def declared(name: str, what: str) -> str:
    """What a command's module says as `HELP` or `NEEDS`, read without running it."""
    path = Path(commands.__path__[0]) / f"{module_of(name)}.py"
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign) and getattr(statement.targets[0], "id", "") == what:
            words_in = [node.value for node in ast.walk(statement.value) if isinstance(node, ast.Constant)]
            return "".join(word for word in words_in if isinstance(word, str))
    raise ValueError(f"command {name}: {what} is missing")


def command(name: str) -> ModuleType:
    """One command's module; it may import what its `NEEDS` promise."""
    if declared(name, "NEEDS") != "files":
        import django

        django.setup()
    module = importlib.import_module(f"{commands.__name__}.{module_of(name)}")
    if module.NEEDS not in NEEDS:
        raise ValueError(f"command {name}: NEEDS must be one of {NEEDS}; got {module.NEEDS!r}")
    return module


class Parser(argparse.ArgumentParser):
    """Wrong usage ends with exit status 2 and one sentence, in the reader's language; options are written in full."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        hint = _("Try: %(prog)s --help") % {"prog": self.prog}
        print(f"{self.prog}: {message}", hint, sep="\n", file=sys.stderr)
        raise SystemExit(WRONG_USAGE)


def _common() -> Parser:
    common = Parser(add_help=False)
    common.add_argument("--lang", choices=["zh", "en"], default=argparse.SUPPRESS, help=_("language of the words"))
    common.add_argument(
        "--data-dir", metavar="D", default=argparse.SUPPRESS, help=_("the installation's folder (CHAINBREAK_DATA)")
    )
    return common


def _parse(arguments: list[str]) -> argparse.Namespace:
    """The command and its arguments. Only the command that is asked for is loaded."""
    first = _common()
    known, rest = first.parse_known_args(arguments)
    if hasattr(known, "lang"):
        words.choose(known.lang)
    if hasattr(known, "data_dir"):
        os.environ["CHAINBREAK_DATA"] = str(Path(known.data_dir).expanduser().absolute())
    if not rest or rest[0] in {"help", "-h", "--help"}:
        if len(rest) > 1 and rest[1] in names():
            return _parse_command(rest[1], ["--help"])
        _overview(sys.stdout)
        raise SystemExit(DONE if rest else WRONG_USAGE)
    if rest[0] == "--version":
        print(f"chainbreak {chainbreak.__version__}")
        raise SystemExit(DONE)
    if rest[0] not in names():
        print(_("chainbreak has no command %(name)s.") % {"name": rest[0]}, file=sys.stderr)
        _overview(sys.stderr)
        raise SystemExit(WRONG_USAGE)
    at = arguments.index(rest[0])
    return _parse_command(rest[0], arguments[:at] + arguments[at + 1 :])


def _parse_command(name: str, arguments: list[str]) -> argparse.Namespace:
    module = command(name)
    parser = Parser(
        prog=f"chainbreak {name}", description=_(module.HELP), parents=[_common()], conflict_handler="resolve"
    )
    module.add_arguments(parser)
    parser.set_defaults(chainbreak_command=module)
    return parser.parse_args(arguments)


def _overview(stream: TextIO) -> None:
    print(_("usage: chainbreak [--lang zh|en] [--data-dir D] COMMAND ..."), file=stream)
    for name in names():
        print(f"  {name:<10} {_(declared(name, 'HELP'))}", file=stream)
    print(_("chainbreak help COMMAND says more."), file=stream)


def _run(arguments: list[str], *, json_wanted: bool) -> int:
    try:
        args = _parse(arguments)
        module: ModuleType = args.chainbreak_command
        with prepared(module.NEEDS):
            return int(module.run(args) or DONE)
    except Refused as refused:
        return _say(refused, REFUSED, json_wanted)
    except OSError as error:
        return _say_os(error, json_wanted)
    except UnicodeDecodeError:
        return _say(Refused("not_text"), WRONG_USAGE, json_wanted)
    except Exception as error:  # noqa: BLE001
        if unreadable := _unreadable(error):
            return _say(unreadable, WRONG_USAGE, json_wanted)
        stopped = _stopped(error)
        return _say(stopped or _unexpected(error), REFUSED, json_wanted)


@contextlib.contextmanager
def prepared(needs: str) -> Iterator[None]:
    """What a command needs, for as long as it runs.

    `database`: the database server is up (ours, unless DATABASE_URL names another) and Django is ready.
    `server`: that, and no other server works on the data folder.
    """
    if needs == "files":
        yield
        return
    from django.conf import settings

    from chainbreak.jobs import installation
    from chainbreak.jobs.postgres import Server

    with contextlib.ExitStack() as stack:
        if needs == "server":
            stack.enter_context(installation.held(settings.CHAINBREAK_DATA))
        if not settings.CHAINBREAK_DATABASE_URL:
            server = Server(
                settings.CHAINBREAK_DATA, programs=settings.CHAINBREAK_PG_BIN, user=settings.CHAINBREAK_PG_USER
            )
            stack.enter_context(server.running())
        import django
        from django.db import connections
        from django.utils import translation

        django.setup()
        stack.callback(connections.close_all)
        translation.activate(words.language())
        if settings.CHAINBREAK_DATABASE_URL:
            connections["default"].ensure_connection()
        yield


def _say(refused: Refused, status: int, json_wanted: bool) -> int:
    sentence = words.of(refused)
    print(sentence, file=sys.stderr)
    if json_wanted:
        document = {"refused": refused.code, "message": sentence, "facts": refused.facts}
        print(json.dumps(document, ensure_ascii=False, default=str))
    return status


def _say_os(error: OSError, json_wanted: bool) -> int:
    path = str(error.filename or tempfile.gettempdir())  # who has no name for a file wrote a temporary one
    if isinstance(error, BrokenPipeError):
        raise error
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _say(Refused("disk_full", path=path), REFUSED, json_wanted)
    if error.filename is not None:
        return _say(Refused("unreadable", path=path, said=error.strerror or ""), WRONG_USAGE, json_wanted)
    return _say(_unexpected(error), REFUSED, json_wanted)


def _stopped(error: BaseException) -> Refused | None:
    """The refusal behind a lost or missing database connection, if that is what happened."""
    import psycopg

    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, psycopg.errors.DiskFull):
            return Refused("disk_full", path="PostgreSQL")
        if isinstance(seen, psycopg.errors.UndefinedTable):
            return Refused("migrations_missing")
        if isinstance(seen, psycopg.OperationalError):
            if (full := _full_disk()) is not None:  # a server that cannot write its log gives up
                return Refused("disk_full", path=full)
            return Refused("database_stopped", said=str(seen).strip().splitlines()[0])
        seen = seen.__cause__ or seen.__context__
    return None


def _unreadable(error: Exception) -> Refused | None:
    """A file of the field that is no table: its own words say what to do."""
    from chainbreak.exchange.problems import Unreadable

    if not isinstance(error, Unreadable):
        return None
    return Refused("bad_file", path=error.path, said=error.said(_))


def _full_disk() -> str | None:
    """The folder of our own database server, if hardly anything fits on its disk any more."""
    from django.conf import settings

    if settings.CHAINBREAK_DATABASE_URL:
        return None
    with contextlib.suppress(OSError):
        if shutil.disk_usage(settings.CHAINBREAK_DATA).free < NEARLY_FULL:
            return str(settings.CHAINBREAK_DATA)
    return None


def _unexpected(error: BaseException) -> Refused:
    """A bug: the details go to a file that only this user can read."""
    handle, name = tempfile.mkstemp(prefix="chainbreak-error-", suffix=".log")
    with os.fdopen(handle, "w") as file:
        traceback.print_exception(error, file=file)
    return Refused("unexpected", kind=type(error).__name__, log=name)


if __name__ == "__main__":
    sys.exit(main())
