"""Answers questions about Alembic's behaviour, one JSON object a line, until standard input ends.

A question names its `command`; the other keys are that function's arguments. An answer is any JSON
value, or {"error": exception type, "text": message} for what Alembic raised.

Revisions are given as a list of {"revision", "down_revision", "depends_on", "branch_labels"}, in
the order in which Alembic would load them, or as a folder of revision files.
"""

import contextlib
import datetime
import io
import json
import sys
import unittest.mock
import warnings
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.script.revision import Revision, RevisionMap
from sqlalchemy.engine import make_url


def revision_map(revisions=None, folder=None):
    """The map, and the text of the warnings that its construction gave."""
    if folder is not None:
        # Alembic looks for `versions` in the script location.
        script = ScriptDirectory(folder, version_locations=[folder])
        return script.revision_map
    made = [
        Revision(
            each["revision"],
            _tupled(each.get("down_revision")),
            dependencies=_tupled(each.get("depends_on")),
            branch_labels=_tupled(each.get("branch_labels")),
        )
        for each in revisions
    ]
    return RevisionMap(lambda: iter(made))


def _tupled(value):
    return tuple(value) if isinstance(value, list) else value


def graph(revisions=None, folder=None):
    """The shape of the graph. `history` is newest first, as `alembic history` prints it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        map_ = revision_map(revisions, folder)
        heads = sorted(map_.heads)
        answer = {
            "heads": heads,
            "real_heads": sorted(map_._real_heads),
            "bases": sorted(map_.bases),
            "real_bases": sorted(map_._real_bases),
        }
    history = list(map_.iterate_revisions("heads", "base", inclusive=True)) if heads else []
    nodes = {key: node for key, node in map_._revision_map.items() if key and node and key == node.revision}
    answer |= {
        "history": [node.revision for node in history],
        "branch_points": sorted(key for key, node in nodes.items() if node.is_branch_point),
        "merge_points": sorted(key for key, node in nodes.items() if node.is_merge_point),
        "labels": {key: sorted(node.branch_labels) for key, node in nodes.items()},
        "resolved_dependencies": {key: sorted(node._normalized_resolved_dependencies) for key, node in nodes.items()},
        "warnings": [str(each.message) for each in caught],
    }
    return answer


def resolve(identifier, revisions=None, folder=None):
    """The ids that an identifier such as `head`, `ae1`, `label@head` or `+2` stands for."""
    found = revision_map(revisions, folder).get_revisions(identifier)
    return [node.revision for node in found if node is not None]


def upgrade_plan(rows, target, revisions=None, folder=None):
    """The ids that `alembic upgrade TARGET` runs, in order, on a database stamped with `rows`."""
    steps = revision_map(revisions, folder).iterate_revisions(target, tuple(rows), implicit_base=True)
    return [node.revision for node in reversed(list(steps))]


def config(path=None, section="alembic", toml=None, folder=None):
    """What Alembic reads from a configuration file."""
    cfg = Config(path, ini_section=section, toml_file=toml) if toml else Config(path, ini_section=section)
    script = ScriptDirectory.from_config(cfg)
    return {
        "script_location": str(Path(script.dir)),
        "version_locations": [str(each) for each in script._version_locations],
        "recursive_version_locations": bool(script.recursive_version_locations),
        "sourceless": bool(script.sourceless),
        "sqlalchemy_url": cfg.get_main_option("sqlalchemy.url"),
    }


def configparser(text, defaults=None):
    """Python's configparser: {section: {key: value}}, or the error. `raw` values are not interpolated."""
    import configparser as module

    parser = module.ConfigParser(defaults or {})
    parser.read_string(text)
    sections = {}
    for section in parser.sections():
        sections[section] = {key: _value(parser, section, key) for key in parser.options(section)}
    return {"sections": sections, "defaults": dict(parser.defaults())}


def _value(parser, section, key):
    try:
        return parser.get(section, key)
    except Exception as error:  # Interpolation fails per value; the other values still count.
        return {"error": type(error).__name__, "text": str(error)}


def url(text):
    """SQLAlchemy's reading of a database URL."""
    made = make_url(text)
    return {
        "drivername": made.drivername,
        "username": made.username,
        "password": made.password,
        "host": made.host,
        "port": made.port,
        "database": made.database,
        "query": {key: list(value) if isinstance(value, tuple) else value for key, value in made.query.items()},
    }


def new_file(folder, message, epoch, microsecond, **options):
    """The name of a new revision file, and the text of its create date."""
    script = ScriptDirectory(folder, **options)
    moment = datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc).replace(microsecond=microsecond)
    script.timezone = options.get("timezone")

    class Clock(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return moment.astimezone(tz) if tz else moment.replace(tzinfo=None)

    with unittest.mock.patch("alembic.script.base.datetime.datetime", Clock):
        created = script._generate_create_date()
    return {"name": str(script._rev_path("", "a1b2c3d4e5f6", message, created)), "created": str(created)}


COMMANDS = {
    "new_file": new_file,
    "graph": graph,
    "resolve": resolve,
    "upgrade_plan": upgrade_plan,
    "config": config,
    "configparser": configparser,
    "make_url": url,
}


def answer(question):
    name = question.pop("command")
    try:
        # Revision files and env.py may print; standard output is ours.
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return COMMANDS[name](**question)
    except Exception as error:
        return {"error": type(error).__name__, "text": str(error)}


def main():
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


main()
