"""`chainbreak serve`: the pages, the interface and the background jobs, until Ctrl-C (启动服务)."""

from __future__ import annotations

import argparse
import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable

from chainbreak.governance.refusal import Refused
from chainbreak.jobs.commands import migrate
from chainbreak.jobs.words import gettext as _
from chainbreak.jobs.words import gettext_noop

HELP = gettext_noop("serve the pages and do the background jobs")
NEEDS = "server"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, help=_("the port, instead of CHAINBREAK_PORT"))
    parser.add_argument("--no-worker", action="store_true", help=_("leave the background jobs to another process"))


def run(args: argparse.Namespace) -> int:
    from django.conf import settings

    port = args.port or settings.CHAINBREAK_PORT
    check_port(settings.CHAINBREAK_HOST, port)
    migrate.bring_up()
    return until_stopped(port=port, worker=not args.no_worker)


def check_port(host: str, port: int) -> None:
    """Make sure the port is free.

    Raises:
        Refused("port_taken"): it is not; fact `free` is one that is.
        Refused("bad_setting"): it is no port of this machine, or not for this user.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise Refused("bad_setting", name="CHAINBREAK_PORT", value=port, wanted="1024-65535") from None
        except OverflowError:
            raise Refused("bad_setting", name="CHAINBREAK_PORT", value=port, wanted="1-65535") from None
        except OSError as error:
            import errno

            if error.errno != errno.EADDRINUSE:
                raise Refused("bad_setting", name="CHAINBREAK_HOST", value=host, wanted="127.0.0.1") from None
            with socket.socket() as other:
                other.bind(("127.0.0.1", 0))
                raise Refused("port_taken", port=port, free=other.getsockname()[1]) from None


def until_stopped(*, port: int, worker: bool = True, ready: Callable[[str], None] | None = None) -> int:
    """Serve until Ctrl-C or a stop signal; call `ready` with the address once pages are answered.

    Everything started here is stopped here. Gives the exit status: 1 when the web server ended by itself.
    """
    from django.conf import settings
    from django.db import connections

    connections.close_all()
    address = f"http://{'127.0.0.1' if settings.CHAINBREAK_HOST == '0.0.0.0' else settings.CHAINBREAK_HOST}:{port}/"  # noqa: S104
    environment = {**os.environ, "CHAINBREAK_DATA": str(settings.CHAINBREAK_DATA), "CHAINBREAK_PORT": str(port)}
    web = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", settings.CHAINBREAK_HOST]
    web += [
        "--port",
        str(port),
        "--workers",
        str(settings.CHAINBREAK_WORKERS),
        "--blocking-threads",
        str(settings.CHAINBREAK_THREADS),
    ]
    web += ["--backlog", "1024", "--log-level", "error", "--no-ws", "--respawn-failed-workers"]
    web += ["--workers-kill-timeout", "10", "chainbreak.config.wsgi:application"]
    programs = [web]
    if worker:
        programs.append([sys.executable, "-m", "chainbreak.jobs.cli", "worker"])
    children: list[subprocess.Popen[bytes]] = []
    try:
        for program in programs:  # a session of their own: Ctrl-C comes to us, and we stop them in order
            children.append(
                subprocess.Popen(program, env=environment, stdin=subprocess.DEVNULL, start_new_session=True)
            )
        _wait_for(address, children[0])
        (ready or _ready)(address)
        while children[0].poll() is None:
            if worker and children[1].poll() is not None:
                time.sleep(2)
                children[1] = subprocess.Popen(
                    programs[1], env=environment, stdin=subprocess.DEVNULL, start_new_session=True
                )
            time.sleep(0.5)
        return 1
    except KeyboardInterrupt:
        print(_("Stopping …"), file=sys.stderr)
        return 0
    finally:
        _stop(children)


def _ready(address: str) -> None:
    print(_("Chainbreak is at %(address)s  (Ctrl-C stops it)") % {"address": address}, flush=True)


def _wait_for(address: str, web: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and web.poll() is None:
        try:
            urllib.request.urlopen(f"{address}accounts/login/", timeout=10).close()
            return
        except urllib.error.HTTPError as answer:
            if answer.code < 500:
                return
            raise Refused("web_failed", address=address) from None
        except OSError:
            time.sleep(0.1)
    raise Refused("web_failed", address=address)


def _stop(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
    until = time.monotonic() + 15
    for child in children:
        try:
            child.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, 9)
            child.wait()
