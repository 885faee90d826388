"""What is done to a repository while its disk keeps a diary, and what was acknowledged at which moment."""

import json
import os
import random
import shutil

from manifest import manifest
from trees import change, grow

HOST = "power-loss"

# The name of what `rewrite` drops, and the password that is added for a while.
DROPPED = "er"
OTHER_PASSWORD = "another one"

# One line a step: what is done, with its arguments. A number names the snapshot of the backup so many-th, from 0, or what
# has taken its place.
WORKLOAD = [
    ("init",),
    ("backup",),
    ("change",),
    ("backup",),
    ("forget", 0),
    ("prune",),
    ("change",),
    ("backup",),
    ("tag", 1),
    ("key-add",),
    ("forget", 1),
    ("prune",),
    ("change",),
    ("backup",),
    ("rewrite", 2),
    ("change",),
    ("backup",),
    ("forget", 3),
    ("prune",),
    ("key-remove",),
    ("tag", 4),
    ("change",),
    ("backup",),
    ("forget", 2),
    ("forget", 4),
    ("prune",),
    ("change",),
    ("backup",),
    ("rewrite", 5),
    ("change",),
    ("backup",),
    ("forget", 5),
    ("prune",),
    ("backup",),
]


class Step:
    """An acknowledged command: the lengths of the log when it began and when it had ended; the snapshot that it made and
    what that holds; the snapshot that it removed, for good or for the one that it made."""

    def __init__(self, verb, began, ended=None, snapshot=None, tree=None, target=None):
        self.verb, self.began, self.ended = verb, began, ended
        self.snapshot, self.tree, self.target = snapshot, tree, target


class Recording:
    """The steps of a workload and everything that a judge needs: all of it in one directory, at a fixed path.

    source       the tree as the last backup found it, and in `versions` as each of the others did
    caches/N     the client's cache after step N
    """

    def __init__(self, directory, steps=()):
        self.directory, self.steps = directory, list(steps)

    def path(self, *names):
        return os.path.join(self.directory, *names)

    @property
    def source(self):
        return self.path("source")

    def save(self):
        with open(self.path("recording.json"), "w") as file:
            json.dump({"directory": self.directory, "steps": [vars(step) for step in self.steps]}, file)

    @classmethod
    def load(cls, file):
        with open(file) as opened:
            saved = json.load(opened)
        recording = cls(saved["directory"])
        for fields in saved["steps"]:
            recording.steps.append(Step(**fields))
        return recording


def backup(firn, source):
    # What tells an unchanged file is what also a copy of the recording has.
    return firn.run("backup", "--json", "--host", HOST, "--ignore-inode", "--ignore-ctime", source)


def without_dropped(tree):
    return {path: entry for path, entry in tree.items() if DROPPED not in path.split("/")}


def record(recording, firn, log, seed):
    """Runs the workload. A command that fails is the rig's failure, not a finding."""
    chance = random.Random(seed)
    grow(recording.source, chance)
    snapshots = []
    trees = {}

    def run(verb, outcome_of):
        step = Step(verb, os.stat(log).st_size)
        outcome = outcome_of()
        step.ended = os.stat(log).st_size
        if outcome.code:
            raise SystemExit(f"power-loss: the workload failed: {outcome}")
        shutil.copytree(recording.path("cache"), recording.path("caches", str(len(recording.steps))),
                        dirs_exist_ok=True)
        recording.steps.append(step)
        return step, outcome

    def make(step, snapshot, tree):
        step.snapshot, step.tree = snapshot, tree
        trees[snapshot] = tree
        return snapshot

    def make_of(number, tree_of, *command):
        """A command that puts another snapshot in the place of one."""
        old = snapshots[number]
        step, outcome = run(command[0], lambda: firn.run(*command, "--json", old))
        [made] = [line["new_id"] for line in outcome.lines() if "new_id" in line]
        step.target = old
        snapshots[number] = make(step, made, tree_of(trees[old]))

    for verb, *arguments in WORKLOAD:
        match verb:
            case "change":
                shutil.copytree(recording.source, recording.path("versions", str(len(snapshots))), symlinks=True)
                change(recording.source, chance)
            case "init":
                os.makedirs(recording.path("cache"))
                run(verb, lambda: firn.run("init", "--kdf-cost", "14", "--pack-size", "1M", "--parity", "3%"))
            case "backup":
                step, outcome = run(verb, lambda: backup(firn, recording.source))
                snapshots.append(make(step, outcome.lines()[-1]["snapshot_id"], manifest(recording.source)))
            case "forget":
                step, _ = run(verb, lambda: firn.run("forget", snapshots[arguments[0]]))
                step.target = snapshots[arguments[0]]
            case "tag":
                make_of(arguments[0], dict, "tag", "--add", "kept")
            case "rewrite":
                make_of(arguments[0], without_dropped, "rewrite", "--exclude", DROPPED, "--forget")
            case "key-add":
                with open(recording.path("password"), "w") as file:
                    file.write(OTHER_PASSWORD)
                _, outcome = run(verb, lambda: firn.run(
                    "key", "add", "--json", "--kdf-cost", "14", "--new-password-file", recording.path("password")))
                [slot] = outcome.lines()
            case "key-remove":
                run(verb, lambda: firn.run("key", "remove", slot["id"]))
            case _:
                run(verb, lambda: firn.run(verb, *arguments))
    shutil.move(recording.path("versions"), os.path.join(recording.source, "versions"))
    recording.save()
