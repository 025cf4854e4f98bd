"""Words of the command line, in the reader's language, without Django (命令行用语)."""

from __future__ import annotations

import gettext as catalogues
import os
from functools import lru_cache
from pathlib import Path

from chainbreak.governance import words
from chainbreak.governance.refusal import Refused

LOCALE = Path(__file__).resolve().parents[1] / "locale"
LANGUAGES = {"zh": "zh-hans", "zh-hans": "zh-hans", "en": "en"}
_chosen: str | None = None


def gettext_noop(sentence: str) -> str:
    """Marks a sentence for translation where it is written."""
    return sentence


def language() -> str:
    """The language of the command line: as chosen, else the system's, else English."""
    if _chosen:
        return _chosen
    system = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return "zh-hans" if system.lower().startswith("zh") else "en"


def choose(name: str) -> None:
    """Speak this language from now on: zh or en."""
    global _chosen
    _chosen = LANGUAGES[name]


@lru_cache
def _catalogue(name: str) -> catalogues.NullTranslations:
    return catalogues.translation("django", LOCALE, languages=[{"zh-hans": "zh_Hans"}.get(name, name)], fallback=True)


def gettext(sentence: str) -> str:
    """The sentence in the language of the command line."""
    return _catalogue(language()).gettext(sentence) if sentence else ""


def of(refused: Refused) -> str:
    """A refusal in words; its code and facts when it has none."""
    found = words.sentence(refused, gettext)
    if found:
        return found
    facts = ", ".join(f"{name}={value}" for name, value in refused.facts.items())
    return f"{gettext('Refused')}: {refused.code}" + (f" ({facts})" if facts else "")


words.register(
    {
        "not_a_demo": gettext_noop(
            "This installation holds data of its own; the demo would mix with them. "
            "Set CHAINBREAK_DATA to another folder for the demo."
        ),
        "already_running": gettext_noop(
            "Chainbreak already runs on %(path)s (process %(pid)s). "
            "Stop that one first, or set CHAINBREAK_DATA and CHAINBREAK_PORT to have a second one."
        ),
        "bad_setting": gettext_noop("The setting %(name)s is %(value)s; wanted: %(wanted)s."),
        "backup_damaged": gettext_noop(
            "%(path)s is not as it was written: its checksum differs from the manifest. Nothing was restored; "
            "use another copy."
        ),
        "data_not_writable": gettext_noop(
            "%(path)s cannot be written by this user. Give it the right to, or set CHAINBREAK_DATA to another folder."
        ),
        "database_failed": gettext_noop("The database server did not start. It said: %(said)s. Its log is %(log)s."),
        "database_not_empty": gettext_noop(
            "The database holds data already. To replace all of it with the backup, add --replace."
        ),
        "database_password": gettext_noop(
            "The database server does not accept the passwords in %(path)s. "
            "Put back the file that belongs to this data folder."
        ),
        "database_stopped": gettext_noop(
            "The database cannot be reached: %(said)s. Start it, or correct DATABASE_URL, and try again."
        ),
        "disk_full": gettext_noop("The disk is full: no room in %(path)s. Free some space and try again."),
        "file_exists": gettext_noop("%(path)s is there already. Choose another name, or add --replace."),
        "identity_key_differs": gettext_noop(
            "The backup was made with another identity key: names in it could not be read. "
            "Put that installation's identity.key into %(path)s first."
        ),
        "migrations_missing": gettext_noop("The database is behind the program. Run: chainbreak migrate"),
        "no_client": gettext_noop(
            "No %(program)s of PostgreSQL %(version)s or newer was found. Install PostgreSQL's client programs."
        ),
        "no_manifest": gettext_noop(
            "%(path)s is missing. A backup is restored together with the manifest written beside it."
        ),
        "no_memory": gettext_noop("There is not enough memory for the database server."),
        "no_postgres": gettext_noop(
            "PostgreSQL's programs were not found, or do not run, in %(path)s. "
            "Set CHAINBREAK_PG_BIN to their folder, or DATABASE_URL to a server."
        ),
        "not_text": gettext_noop("The file is not text in an encoding that can be read. Save it as UTF-8 or GB18030."),
        "no_such_user": gettext_noop(
            "PostgreSQL cannot run as the user %(name)s. Set CHAINBREAK_PG_USER to a plain user of this system."
        ),
        "other_version": gettext_noop(
            "The data in %(path)s belong to PostgreSQL %(theirs)s; the programs here are PostgreSQL %(ours)s. "
            "Back up with the old ones and restore into a new data folder, or set CHAINBREAK_PG_BIN."
        ),
        "port_taken": gettext_noop(
            "Port %(port)s is taken by another program. Set CHAINBREAK_PORT to a free one, for example %(free)s."
        ),
        "program_failed": gettext_noop("%(program)s failed: %(said)s"),
        "socket_taken": gettext_noop("The folder %(path)s belongs to somebody else. Remove it and try again."),
        "web_failed": gettext_noop("The web server did not start at %(address)s. Its messages are above."),
        "unreadable": gettext_noop("%(path)s: %(said)s. Check the name and the rights of the file."),
        "bad_file": gettext_noop("%(path)s: %(said)s"),
        "unexpected": gettext_noop(
            "Something went wrong that nobody foresaw: %(kind)s. Please report it; the details are in %(log)s."
        ),
    }
)
