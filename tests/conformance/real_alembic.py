"""Asks the real Alembic about whole graphs: one JSON object a line in, one out.

In: `revisions` in load order, `identifiers`, `row_sets`, `plans` ([direction, rows, targets]),
`ranges` ([range, rows]), `walks` (whether questions that need the ordering walk may be asked: on a
graph with a cycle that Alembic does not notice it may never end).

A plan is answered with its steps, each with what Alembic's HeadMaintainer wrote, and with `stopped`,
the sentence of what ended it early.

Each answer is {"ok": value}, {"refused": sentence} for one clean line on the command line, or
{"crashed": last line of the traceback}.
"""

import json
import sys
import traceback
import types
import warnings

from alembic import command
from alembic.runtime.migration import HeadMaintainer
from alembic.script import ScriptDirectory
from alembic.script.revision import Revision, RevisionMap
from alembic.util import CommandError

warnings.simplefilter("ignore")


def outcome(question, **catch):
    try:
        # Puts a refusal into the words that the command line prints.
        with ScriptDirectory._catch_revision_errors(None, **catch):
            return {"ok": question()}
    except CommandError as error:
        return {"refused": str(error)}
    except Exception as error:
        return {"crashed": traceback.format_exception_only(error)[-1].strip()}


def load(revisions):
    made = [
        Revision(
            each["revision"],
            tuple(each["down_revision"]) or None,
            dependencies=tuple(each["depends_on"]) or None,
            branch_labels=tuple(each["branch_labels"]) or None,
        )
        for each in revisions
    ]
    map_ = RevisionMap(lambda: iter(made))
    map_._revision_map
    return map_


def ids(found):
    found = list(found)
    # A walk past the base gives "base" or None, on which every command fails.
    assert all(isinstance(each, Revision) for each in found)
    return [each.revision for each in found]


def nodes(map_):
    return {key: node for key, node in map_._revision_map.items() if key and node and node.revision == key}


def answer(question):
    loaded = outcome(lambda: load(question["revisions"]))
    if "ok" not in loaded:
        return {"load": loaded}
    map_ = loaded["ok"]
    all_ = nodes(map_)
    answers = {
        "load": {"ok": True},
        "heads": list(map_.heads),
        "real_heads": list(map_._real_heads),
        "bases": list(map_.bases),
        "branch_points": [key for key, node in all_.items() if node.is_branch_point],
        "merge_points": [key for key, node in all_.items() if node.is_merge_point],
        "labels": {key: sorted(node.branch_labels) for key, node in all_.items()},
        "parents": {key: list(node._normalized_down_revisions) for key, node in all_.items()},
        "children": {key: sorted(node.nextrev) for key, node in all_.items()},
        "identifiers": [outcome(lambda: ids(map_.get_revisions(each))) for each in question["identifiers"]],
        "current": [
            outcome(lambda: sorted(node.revision for node in map_._get_all_current(tuple(rows))))
            for rows in question["row_sets"]
        ],
    }
    if question["walks"]:
        answers["history"] = whole_history(map_)
        script = Scripts(map_)
        answers["any_order"] = None
        if declare_order(map_, change=False):
            answers["any_order"] = [plan(script, *each) for each in question["plans"]]
            declare_order(map_, change=True)
            answers["history"] = whole_history(map_)
        answers["plans"] = [plan(script, *each) for each in question["plans"]]
        answers["ranges"] = [outcome(lambda: history(script, *each)) for each in question["ranges"]]
    return answers


def whole_history(map_):
    return outcome(
        lambda: ids(map_.iterate_revisions("heads", "base", inclusive=True, assert_relative_length=False)),
        start="base",
        end="heads",
    )


def declare_order(map_, change):
    """Alembic keeps dependencies in sets. This puts several of one revision into the order written,
    which is one of the orders that it may take by itself; whether there is anything to order."""
    several = [node for node in nodes(map_).values() if len(node._normalized_resolved_dependencies) > 1]
    for node in several if change else ():
        written = [map_._revision_map[key].revision for key in node.dependencies]
        node._normalized_resolved_dependencies = tuple(
            sorted(node._normalized_resolved_dependencies, key=written.index)
        )
    return bool(several)


class Scripts(ScriptDirectory):
    """A script directory without files around a revision map."""

    def __init__(self, map_):
        self.revision_map = map_
        # What the upgrade and downgrade functions are is never asked.
        for node in nodes(map_).values():
            node.module = types.SimpleNamespace(upgrade=None, downgrade=None)


class Result:
    def __init__(self, rowcount):
        self.rowcount = rowcount


class Table:
    """A version table in memory: executes what HeadMaintainer gives to the database."""

    def __init__(self, rows):
        self.rows = list(rows)
        self.writes = {"insert": [], "delete": [], "update": []}

    def insert(self):
        return Statement(self, "insert")

    def delete(self):
        return Statement(self, "delete")

    def update(self):
        return Statement(self, "update")

    @property
    def c(self):
        return types.SimpleNamespace(version_num=Column())


class Column:
    def __eq__(self, literal):
        return literal


class Statement:
    def __init__(self, table, kind):
        self.table, self.kind, self.to, self.which = table, kind, None, None

    def values(self, version_num):
        self.to = text(version_num)
        return self

    def where(self, literal):
        self.which = text(literal)
        return self

    def run(self):
        table = self.table
        found = table.rows.count(self.which)
        if self.kind == "insert":
            table.rows.append(self.to)
            table.writes["insert"].append(self.to)
        elif self.kind == "delete":
            table.rows = [row for row in table.rows if row != self.which]
            table.writes["delete"].append(self.which)
        else:
            table.rows = [self.to if row == self.which else row for row in table.rows]
            table.writes["update"].append([self.which, self.to])
        return Result(found)


def text(literal):
    """The value of literal_column("'value'")."""
    return str(literal.name)[1:-1]


class Context:
    """As much of a MigrationContext as HeadMaintainer uses."""

    as_sql = False
    version_table = "alembic_version"
    dialect = types.SimpleNamespace(supports_sane_rowcount=True)

    def __init__(self, rows):
        self._version = Table(rows)
        self.impl = types.SimpleNamespace(_exec=lambda statement: statement.run())


def plan(script, direction, rows, targets):
    context = Context(rows)
    steps = []
    answer = {"steps": steps, "stopped": None}

    def run():
        made = {
            "upgrade": lambda: script._upgrade_revs(targets[0], tuple(rows)),
            "downgrade": lambda: script._downgrade_revs(targets[0], tuple(rows)),
            "stamp": lambda: script._stamp_revs(tuple(targets), tuple(rows)),
        }[direction]()
        maintainer = HeadMaintainer(context, rows)
        for step in made:
            context._version.writes = {"insert": [], "delete": [], "update": []}
            before = list(context._version.rows)
            try:
                maintainer.update_to_step(step)
            except BaseException:
                context._version.rows = before
                raise
            about = step.revision.revision if hasattr(step, "revision") else (step.to_ or step.from_)[0]
            steps.append({"revision": about, "rows": sorted(context._version.rows)} | context._version.writes)

    stopped = outcome(run)
    answer["stopped"] = stopped.get("refused", stopped.get("crashed"))
    return answer


class NoEnvironment:
    """Stands for EnvironmentContext: gives the rows of the question to the command."""

    rows = ()

    def __init__(self, config, script, fn):
        self.fn, self.script = fn, script

    def __enter__(self):
        self.script.run_env = lambda: self.fn(self.rows, None)

    def __exit__(self, *_):
        pass


class Printed:
    """Stands for Config: collects what would be printed."""

    def __init__(self, script):
        self.script, self.lines = script, []

    def get_alembic_option(self, name):
        return None

    def print_stdout(self, line):
        self.lines.append(line)


def history(script, range_, rows):
    NoEnvironment.rows = tuple(rows)
    config = Printed(script)
    command.history(config, range_)
    return config.lines


Revision.cmd_format = lambda self, **_: self.revision
command.EnvironmentContext = NoEnvironment
command.ScriptDirectory = types.SimpleNamespace(from_config=lambda config: config.script)


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
