"""Asks the real Alembic about whole graphs: one JSON object a line in, one out.

In: `revisions` in load order, `identifiers`, `row_sets`, `plans` ([rows, target]), `walks` (whether
questions that need the ordering walk may be asked: on a graph with a cycle that Alembic does not
notice it may never end).

Each answer is {"ok": value}, {"refused": sentence} for one clean line on the command line, or
{"crashed": last line of the traceback}.
"""

import json
import sys
import traceback
import warnings

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
        answers["history"] = outcome(
            lambda: ids(map_.iterate_revisions("heads", "base", inclusive=True, assert_relative_length=False)),
            start="base",
            end="heads",
        )
        answers["plans"] = [outcome(lambda: plan(map_, rows, target), end=target) for rows, target in question["plans"]]
    return answers


def plan(map_, rows, target):
    return ids(reversed(list(map_.iterate_revisions(target, tuple(rows), implicit_base=True))))


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
