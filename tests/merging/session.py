"""Runs two sides of a fork through the real Alembic on real databases, one JSON object a line,
until standard input ends.

{"command": "start", "urls": [...], "root": text} makes a project whose first revision is `text`,
and remembers five databases. {"command": "pair", "sides": {id: text}} puts two revisions after it,
and removes everything else. {"command": "run", "database": 0, "fresh": true, "steps": ["aaaa",
"heads"]} empties the database unless told otherwise, upgrades it step by step (`-base` downgrades),
and answers with the error, the stamp and the catalog.
"""

import contextlib
import io
import json
import re
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

ENV = """
from alembic import context
context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
"""

CATALOG = {
    "columns": """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
               pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum)
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')""",
    "relations": """
        SELECT c.relname, c.relkind, obj_description(c.oid, 'pg_class') FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace""",
    "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace""",
    "labels": """
        SELECT t.typname, array_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e
        JOIN pg_type t ON t.oid = e.enumtypid GROUP BY 1""",
}


class Lab:
    def start(self, urls, root):
        self.engines = [sa.create_engine(url) for url in urls]
        self.folder = Path(tempfile.mkdtemp())
        self.versions = self.folder / "migrations/versions"
        config = Config(str(self.folder / "alembic.ini"))
        command.init(config, str(self.folder / "migrations"))
        (self.folder / "migrations/env.py").write_text(ENV)
        ini = self.folder / "alembic.ini"
        ini.write_text(re.sub("(?m)^sqlalchemy.url = .*", "sqlalchemy.url = postgresql+psycopg://", ini.read_text()))
        (self.versions / "root.py").write_text(root)
        return str(self.folder)

    def pair(self, sides):
        for path in self.versions.glob("*.py"):
            if path.name != "root.py":
                path.unlink()
        for name, text in sides.items():
            (self.versions / f"{name}.py").write_text(text)
        return None

    def run(self, database, steps, fresh=True):
        engine = self.engines[database]
        if fresh:
            with engine.begin() as connection:
                connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        error = None
        for step in steps:
            try:
                with engine.connect() as connection:
                    config = Config(str(self.folder / "alembic.ini"))
                    config.attributes["connection"] = connection
                    if step.startswith("-"):
                        command.downgrade(config, step[1:])
                    else:
                        command.upgrade(config, step)
                    connection.commit()
            except Exception as failure:
                error = {"step": step, "type": type(failure).__name__, "text": str(failure).split("\n")[0]}
                break
        return {"error": error} | self.look(engine)

    def look(self, engine):
        def plain(value):
            # The type that a constant was written for is not what it is.
            return re.sub(r"::[a-z ]+(\(\d+\))?(\[\])?|[()]", "", value) if isinstance(value, str) else value

        with engine.connect() as connection:
            catalog = {}
            for name, query in CATALOG.items():
                rows = [[plain(value) for value in row] for row in connection.exec_driver_sql(query)]
                catalog[name] = sorted(rows, key=repr)
            stamp = []
            if ["alembic_version", "r", None] in catalog["relations"]:
                stamp = [row[0] for row in connection.exec_driver_sql("SELECT * FROM alembic_version ORDER BY 1")]
        return {"catalog": catalog, "stamp": stamp}


lab = Lab()
for line in sys.stdin:
    question = json.loads(line)
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        answer = getattr(lab, question.pop("command"))(**question)
    print(json.dumps(answer), flush=True)
shutil.rmtree(lab.folder)
