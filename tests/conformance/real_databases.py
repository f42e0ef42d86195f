"""Runs Alembic's command line in this process, against real databases: one JSON object a line.

In: `folder` of a project, `arguments` of `alembic`, `url` of its database. Out: the `rows` of the
version table afterwards, and `stopped`, the sentence or the last line of the traceback that ended
the command (null if it succeeded).
"""

import contextlib
import io
import json
import os
import sys
import traceback
import warnings

import sqlalchemy
from alembic import config
from alembic.util import CommandError

warnings.simplefilter("ignore")


def run(folder, arguments):
    os.chdir(folder)
    try:
        config.main(["--raiseerr", *arguments])
    except CommandError as error:
        return str(error)
    except Exception as error:
        return traceback.format_exception_only(error)[-1].strip()


def rows(url):
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        if not sqlalchemy.inspect(connection).has_table("alembic_version"):
            return []
        return sorted(connection.scalars(sqlalchemy.text("SELECT version_num FROM alembic_version")))


for line in sys.stdin:
    question = json.loads(line)
    # env.py and Alembic print; standard output is ours.
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        stopped = run(question["folder"], question["arguments"])
        answer = {"stopped": stopped, "rows": rows(question["url"])}
    print(json.dumps(answer), flush=True)
