"""Runs revisions on a PostgreSQL database through the real Alembic, one JSON object a line, until
standard input ends.

{"command": "run", "url": ..., "files": {"a1": text}, "commands": [["upgrade", "a1"], ...]}: the
answer has for each command the locks that each of its revisions held at its end, or the error of the
one that failed, with which it ends. ["sql", target] is `alembic upgrade --sql`.
{"command": "compare", "url": ..., "says": ...}: how many differences of a type autogenerate finds.
{"command": "locks", "url": ..., "setup": [...], "statement": ...}: the locks of one statement.
"""

import contextlib
import io
import json
import sys
import tempfile
import warnings
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, MetaData, Table, create_engine, text
from sqlalchemy.types import UserDefinedType

ENV = """
from alembic import context
from sqlalchemy import create_engine

config = context.config


def note(ctx, step, heads, run_args, **kw):
    if not ctx.as_sql:
        config.attributes["note"](ctx.connection, step.up_revision_id)


if context.is_offline_mode():
    context.configure(url=config.attributes["url"], on_version_apply=note)
    with context.begin_transaction():
        context.run_migrations()
else:
    engine = create_engine(config.attributes["url"])
    with engine.connect() as connection:
        context.configure(connection=connection, on_version_apply=note)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()
"""

LOCKS = """
SELECT c.relname, l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
WHERE l.pid = pg_backend_pid() AND c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
AND c.relname <> 'alembic_version'
"""


def driver(url):
    return url.replace("postgresql://", "postgresql+psycopg://")


def held(connection):
    return [list(row) for row in connection.execute(text(LOCKS))]


def run(url, files, commands):
    locks = []
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "versions").mkdir()
        (folder / "env.py").write_text(ENV)
        for name, content in files.items():
            (folder / "versions" / f"{name}.py").write_text(content)
        for way, target in commands:
            config = Config()
            config.set_main_option("script_location", str(folder).replace("%", "%%"))
            config.output_buffer = io.StringIO()
            config.attributes["url"] = driver(url)
            config.attributes["note"] = lambda connection, id: locks.append([id, held(connection)])
            try:
                if way == "sql":
                    command.upgrade(config, target, sql=True)
                else:
                    getattr(command, way)(config, target)
            except Exception as error:
                return {"locks": locks, "error": f"{type(error).__name__}: {error}"}
    return {"locks": locks, "error": None}


def locks(url, setup, statement):
    engine = create_engine(driver(url))
    with engine.connect() as connection:
        for one in setup:
            connection.exec_driver_sql(one)
        connection.commit()
        connection.exec_driver_sql(statement)
        found = held(connection)
        connection.rollback()
    engine.dispose()
    return found


class Money(UserDefinedType):
    """A type of the application that the database writes otherwise."""

    cache_ok = True

    def get_col_spec(self, **kw):
        return "INT8"


def compare(url, says):
    """How many differences autogenerate finds where a `compare_type` of env.py says this."""
    engine = create_engine(driver(url))
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE prices (price bigint)")
        metadata = MetaData()
        Table("prices", metadata, Column("price", Money()))
        options = {
            "compare_type": lambda *arguments: says,
            "include_name": lambda name, kind, parents: kind != "table" or name == "prices",
        }
        found = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
        connection.rollback()
    engine.dispose()
    return len(found)


COMMANDS = {"run": run, "locks": locks, "compare": compare}


def answer(question):
    name = question.pop("command")
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return COMMANDS[name](**question)


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
