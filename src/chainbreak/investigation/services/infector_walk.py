"""A reconstruction in a process of its own (独立进程推断): it can be stopped at once, and the worker stays free of its memory.

No database and no framework here: the process begins with this module alone.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from chainbreak.epi.infectors import Outbreak, infer, prior, reply

BETWEEN = 0.5  # seconds between two looks


class Stopped(Exception):
    """Somebody does not want the answer any more."""


class Failed(Exception):
    """The reconstruction ended without an answer."""


def walk(outbreak: Outbreak, settings: dict[str, Any], *, go_on: Callable[[float], bool]) -> dict[str, Any]:
    """The answer as one document.

    Args:
        settings: agent, iterations, chains, seed, used, missing.
        go_on: told the share done, now and then; says whether to go on.

    Raises:
        Stopped: `go_on` said no.
        Failed: the process died or could not; its words.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_walk, args=(there, outbreak, settings), daemon=True)
    process.start()
    there.close()
    share = 0.0
    try:
        while True:
            if here.poll(BETWEEN):
                try:
                    kind, what = here.recv()
                except EOFError:
                    raise Failed("the process ended early") from None
                if kind == "answer":
                    return dict(what)
                if kind == "failed":
                    raise Failed(what)
                share = float(what)
            if not go_on(share):
                raise Stopped
    finally:
        here.close()
        if process.is_alive():
            process.kill()
        process.join()


def _walk(out: Connection, outbreak: Outbreak, settings: dict[str, Any]) -> None:
    asked = {name: settings[name] for name in ("iterations", "chains", "seed")}
    try:
        answer = infer(
            outbreak, prior=prior.load(settings["agent"]), **asked, progress=lambda share: out.send(("share", share))
        )
        tree = reply.tree(answer, outbreak, dated=True)
        facts = reply.diagnostics(answer, tree, **settings)
        out.send(("answer", {"rows": reply.rows(answer, outbreak), "tree": tree, "diagnostics": facts}))
    except (ValueError, ArithmeticError, MemoryError) as error:
        out.send(("failed", f"{type(error).__name__}: {error}"))
