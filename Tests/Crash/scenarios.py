"""What is interrupted: each scenario says how it begins, what command runs, and what must hold whatever happens to it.

A new command needs one entry in `TABLE` at the end.
"""

import os
import subprocess
from dataclasses import dataclass, field

import trees
from tracer import Plan
from world import lines


@dataclass
class Facts:
    """What is known when the command begins."""

    # Snapshots that were acknowledged: id to (source, manifest).
    snapshots: dict = field(default_factory=dict)
    # What the command will save, if it saves something: (source, manifest).
    saving: tuple | None = None
    # Snapshots that the command removes or puts another in the place of.
    leaving: set = field(default_factory=set)
    # The packs that the index names.
    indexed: set = field(default_factory=set)


@dataclass(frozen=True)
class Scenario:
    name: str
    # Makes the start in `live/`.
    prepare: object
    command: tuple
    # The verb that the command must have for the scenario to run at all.
    verb: str = "backup"
    # Whether packs that were indexed may become unreferenced, as in a prune that was cut off.
    drops_packs: bool = False
    # Whether snapshots in `leaving` have a successor with the same content.
    replaces: bool = False
    # Exit codes of the next run when the first one had done its work although it was cut off.
    done_codes: tuple = ()
    # Another password that may have taken the place of the first.
    other_password: str | None = None
    # A password that opens once the command is acknowledged.
    added_password: str | None = None
    creates: bool = False

    def acknowledged(self, outcome, facts):
        """The snapshots that the command has said are saved."""
        if facts.saving is None:
            return {}
        return {line["snapshot_id"]: facts.saving for line in lines(outcome.output) if line.get("snapshot_id")}


def _init(world, *options):
    world.must("init", "--kdf-cost", "14", "--pack-size", "1M", *options)


def _backup(world, source, facts, *options):
    saving = (source, trees.manifest(source))
    outcome = world.must("backup", source, "--json", *options)
    [summary] = [line for line in lines(outcome.output) if line.get("snapshot_id")]
    facts.snapshots[summary["snapshot_id"]] = saving
    return summary["snapshot_id"]


def _fresh(world, name):
    source = world.source(name)
    trees.make(source, name)
    return source


def nothing(world, name):
    return Facts()


def empty(world, name):
    source = _fresh(world, name)
    _init(world)
    return Facts(saving=(source, trees.manifest(source)))


def one_snapshot(world, name):
    """A snapshot, and a source that has changed since."""
    source, facts = _fresh(world, name), Facts()
    _init(world)
    _backup(world, source, facts)
    trees.change(source, 1)
    facts.saving = (source, trees.manifest(source))
    return facts


def no_cache(world, name):
    facts = one_snapshot(world, name)
    world.remove_cache()
    return facts


def cut_off(world, name):
    """A backup that died when half of its packs were there."""
    facts = one_snapshot(world, name)
    outcome = world.traced(("backup", facts.saving[0]), [Plan("kill", "repository", "renameat2", 4)])
    assert outcome.killed, outcome.told()
    return facts


def snapshots_without_key(world, name):
    """For work on keys: a snapshot, and passwords for other slots."""
    facts = one_snapshot(world, name)
    facts.saving = None
    for password in ("other", "third"):
        with open(f"{world.root}/password-{password}", "w") as file:
            file.write(password)
    return facts


def second_key(world, name):
    facts = snapshots_without_key(world, name)
    world.must("key", "add", "--new-password-file", "{root}/password-other", "--kdf-cost", "14")
    return facts


def garbage(world, name):
    """Three snapshots of a changing tree, of which the first two went; packs of theirs are dead or nearly so."""
    source, facts = _fresh(world, name), Facts()
    _init(world)
    first = _backup(world, source, facts)
    trees.change(source, 1)
    second = _backup(world, source, facts)
    trees.change(source, 2)
    _backup(world, source, facts)
    for snapshot in (first, second):
        # What forget does.
        os.unlink(f"{world.repository}/snapshots/{snapshot}")
        del facts.snapshots[snapshot]
    world.remove_cache()
    world.must("snapshots")
    return facts


def garbage_and_cut_off_backup(world, name):
    facts = garbage(world, name)
    [(source, _)] = facts.snapshots.values()
    # The tree goes on changing and its manifest is known, so the snapshot stays comparable.
    other = world.source(name + "-other")
    subprocess.run(["cp", "-a", source, other], check=True)
    trees.change(other, 3)
    outcome = world.traced(("backup", other), [Plan("kill", "repository", "renameat2", 4)])
    assert outcome.killed, outcome.told()
    return facts


def cut_off_prune(world, name):
    """A prune that died when its tombstone stood."""
    facts = garbage(world, name)
    outcome = world.traced(PRUNE, [Plan("kill", "repository", "renameat2", 1, "/sweeps/")])
    assert outcome.killed, outcome.told()
    return facts


BACKUP = ("backup", "{source}", "--json")
# Dead sessions are fenced off at once; otherwise a prune would wait for them.
PRUNE = ("prune", "--max-unused", "0%", "--wait-for-backups", "0s", "--fence-after", "0s", "--json")

TABLE = [
    Scenario("init", nothing, ("init", "--kdf-cost", "14"), verb="init", creates=True, done_codes=(1,)),
    Scenario("backup-first", empty, BACKUP),
    Scenario("backup-next", one_snapshot, BACKUP),
    Scenario("backup-new-cache", no_cache, BACKUP),
    Scenario("backup-again", cut_off, BACKUP),
    Scenario("key-add", snapshots_without_key,
             ("key", "add", "--new-password-file", "{root}/password-other", "--kdf-cost", "14"), verb="key",
             added_password="other"),
    Scenario("key-change", snapshots_without_key,
             ("key", "change", "--new-password-file", "{root}/password-other", "--kdf-cost", "14"), verb="key",
             done_codes=(12,), other_password="other"),
    Scenario("prune", garbage, PRUNE, verb="prune", drops_packs=True),
    Scenario("prune-and-fence", garbage_and_cut_off_backup, PRUNE, verb="prune", drops_packs=True),
    Scenario("prune-again", cut_off_prune, PRUNE, verb="prune", drops_packs=True),
]
