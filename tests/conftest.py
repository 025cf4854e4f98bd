"""What all tests share: a throw-away database server, and the browser that is found (测试环境).

CHAINBREAK_TEST_PG_BIN names the folder of a real server's programs to test on; DATABASE_URL a running server.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
from pathlib import Path

import pytest

_folder = Path(os.environ["CHAINBREAK_DATA"])  # made by the settings for this run, which are read before this file
assert _folder.name.startswith("chainbreak-test-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps a loop in the thread of the test

if not hasattr(sys.modules["__main__"], "__file__"):  # where tests run side by side; Spark takes that for a doctest
    sys.modules["__main__"].__file__ = __file__

if os.environ.get("CHAINBREAK_TEST_PG_BIN"):  # for the commands that tests run
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
    quiet += ["--disable-component-update", "--disable-sync", "--disable-smooth-scrolling"]
    return {**browser_type_launch_args, "executable_path": browser_program, "args": ["--no-sandbox", *quiet]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of a page in a browser is a story; every test with a database is an integration test.

    Where tests run side by side, those of one file stay together, and so do all that need the reference outbreak, which
    is built once.
    """
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        item.add_marker(pytest.mark.xdist_group("reference" if "reference_database" in names else str(item.path)))
        if "page" in names or "browser_program" in names:
            item.add_marker("story")
        if names & {"db", "transactional_db", "live_server", "database_server"} or item.get_closest_marker("django_db"):
            item.add_marker("integration")


@pytest.fixture
def account_of(db):
    """Makes an account with one role in one area: `account_of("investigator", "411122")`."""
    from datetime import UTC, datetime

    from chainbreak.governance.models import Grant, Team, User

    always = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)

    def make(role: str, area: str = "4111", *, username: str = "", purpose: str = "outbreak_response", **team):
        named = username or f"{role}-{area or 'all'}"
        user = User.objects.filter(username=named).first() or User.objects.create_user(named, password="of-a-test")
        task_force = team.get("task_force", "investigation")
        words = {"name_zh": task_force, "name_en": task_force}
        team = Team.objects.get_or_create(task_force=task_force, area_code=area, purpose=purpose, defaults=words)[0]
        Grant.objects.create(user=user, team=team, role=role, valid_from=always[0], valid_until=always[1])
        return user

    return make
