"""What all tests share: a throw-away database server, and the browser that is found (测试环境).

CHAINBREAK_TEST_PG_BIN names the folder of a real server's programs to test on; DATABASE_URL a running server.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest

_folder = Path(tempfile.mkdtemp(prefix="chainbreak-test-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)

os.environ["CHAINBREAK_DATA"] = str(_folder)
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps a loop in the thread of the test
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chainbreak.config.settings")
if os.environ.get("CHAINBREAK_TEST_PG_BIN"):
    os.environ["CHAINBREAK_PG_BIN"] = os.environ["CHAINBREAK_TEST_PG_BIN"]

FAST = (  # a test database need not outlive a power cut
    "fsync = off",
    "synchronous_commit = off",
    "full_page_writes = off",
    "shared_buffers = 128MB",
    "max_wal_size = 256MB",
)


@pytest.fixture(scope="session")
def database_server():
    """The throw-away server of this run; None when DATABASE_URL names one."""
    from django.conf import settings

    from chainbreak.jobs.postgres import OWNER, Server

    if settings.CHAINBREAK_DATABASE_URL:
        yield None
        return
    server = Server(_folder, programs=settings.CHAINBREAK_PG_BIN, user=settings.CHAINBREAK_PG_USER, options=FAST)
    with server.running():
        with server.admin() as connection:
            connection.execute(f"ALTER ROLE {OWNER} CREATEDB")
            connection.execute(f"GRANT CONNECT ON DATABASE postgres TO {OWNER}")
        yield server


@pytest.fixture(scope="session")
def django_db_modify_db_settings(database_server, django_db_modify_db_settings_parallel_suffix):
    """The server is up before the test database is made."""


@pytest.fixture(scope="session")
def browser_program() -> str:
    """The browser to test with; the tests are skipped, saying why, when there is none."""
    named = os.environ.get("CHAINBREAK_BROWSER")
    for name in [named] if named else ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]:
        found = shutil.which(name)
        if found:
            return found
    pytest.skip("no browser: install chromium (and a Chinese font, fonts-noto-cjk), or set CHAINBREAK_BROWSER")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args, browser_program):
    quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    quiet += ["--disable-component-update", "--disable-sync"]
    return {**browser_type_launch_args, "executable_path": browser_program, "args": ["--no-sandbox", *quiet]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of a page in a browser is a story; every test with a database is an integration test."""
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        if "page" in names or "browser_program" in names:
            item.add_marker("story")
        if names & {"db", "transactional_db", "live_server", "database_server"} or item.get_closest_marker("django_db"):
            item.add_marker("integration")
