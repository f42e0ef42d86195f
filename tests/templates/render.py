"""Renders each template with many headers, runs the result, and prints what Python makes of it."""

import itertools
import json
import sys
import types
from datetime import datetime
from pathlib import Path

from alembic.util import format_as_comma
from mako.template import Template

PARENTS = [None, "a1", ("a1", "b2"), ("a1", "b2", "c3", "d4")]
LABELS = [None, ("web",), ("web", "billing")]
DEPENDENCIES = [None, "d1", ["d1", "d2"]]
MESSAGES = ["add users", "it's \"quoted\" and 100% done", "zwölf €", "two\nlines"]


class Config:
    """What the multidb templates ask for."""

    def get_main_option(self, name, default=None):
        return {"databases": "engine1, engine2"}.get(name, default)


def stub_flask():
    """What Flask-Migrate's multidb templates ask for."""
    flask = types.ModuleType("flask")
    flask.current_app = types.SimpleNamespace(config={"SQLALCHEMY_BINDS": {"users": ""}}, extensions={})
    sys.modules["flask"] = flask


def comma(value):
    """The filter that Alembic hands to its templates."""
    return "" if value is None else format_as_comma(value)


def header(source):
    module = {}
    exec(compile(source, "revision.py", "exec"), module)

    def items(value):
        if value is None:
            return []
        return [value] if isinstance(value, str) else list(value)

    return {
        "revision": module["revision"],
        "down_revision": items(module["down_revision"]),
        "branch_labels": items(module.get("branch_labels")),
        "depends_on": items(module.get("depends_on")),
        "docstring": module.get("__doc__") or "",
    }


def cases(folder):
    stub_flask()
    for path in sorted(Path(folder).glob("*.mako")):
        template = Template(path.read_text())
        for parents, labels, dependencies, message in itertools.product(PARENTS, LABELS, DEPENDENCIES, MESSAGES):
            source = template.render_unicode(
                message=message,
                up_revision="e5f6a7b8c9d0",
                down_revision=parents,
                branch_labels=labels,
                depends_on=dependencies,
                create_date=datetime(2026, 11, 22, 10, 11, 12, 131415),
                comma=comma,
                imports=None,
                upgrades=None,
                downgrades=None,
                config=Config(),
            )
            given = {"parents": parents, "labels": labels, "dependencies": dependencies, "message": message}
            yield {"template": path.stem, "source": source, "header": header(source), "given": given}


json.dump(list(cases(sys.argv[1])), sys.stdout)
