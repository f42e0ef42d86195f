"""Runs revisions through the real Alembic, one JSON object a line, until standard input ends.

{"command": "offline", "text": ..., "dialect": ...} is a revision file: the answer holds what
`alembic upgrade --sql` and `alembic downgrade --sql` print for it, statement by statement, or the
error. {"command": "generate", "seed": ..., "count": ...} makes revision files with Alembic's own
autogenerate; "url" is that of an empty PostgreSQL database.
"""

import contextlib
import io
import json
import os
import sys
import tempfile
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from alembic import command
from alembic.config import Config

import generate

URLS = {"postgresql": "postgresql+psycopg://", "sqlite": "sqlite://"}


class Statements:
    """An output buffer that keeps each statement apart."""

    def __init__(self):
        self.written = []

    def write(self, text):
        self.written.append(text.strip())

    def flush(self):
        pass


class Project:
    """What `alembic init` makes, for one revision at a time."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp())
        config = Config(str(self.folder / "alembic.ini"))
        with contextlib.redirect_stdout(io.StringIO()):
            command.init(config, str(self.folder / "migrations"))
        # Logging is of no interest.
        env = self.folder / "migrations/env.py"
        env.write_text(env.read_text().replace("fileConfig(config.config_file_name)", "pass"))

    def run(self, text, dialect, way):
        path = self.folder / "migrations/versions/one.py"
        path.write_text(text)
        config = Config(str(self.folder / "alembic.ini"))
        config.set_main_option("sqlalchemy.url", URLS[dialect])
        config.output_buffer = Statements()
        try:
            if way == "upgrade":
                command.upgrade(config, "one", sql=True)
            else:
                command.downgrade(config, "one:base", sql=True)
        except SystemExit as error:
            return {"error": "SystemExit", "text": str(error)}
        except Exception as error:
            return {"error": type(error).__name__, "text": str(error)[:300]}
        return config.output_buffer.written


def offline(text, dialect):
    return {way: PROJECT.run(text, dialect, way) for way in ("upgrade", "downgrade")}


COMMANDS = {"offline": offline, "generate": generate.revisions}


def answer(question):
    name = question.pop("command")
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return COMMANDS[name](**question)


PROJECT = Project()
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
import shutil

shutil.rmtree(PROJECT.folder)
