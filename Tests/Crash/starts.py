"""How scenarios begin: each function makes a repository in `live/` and gives what is known of it."""

import json
import os
import subprocess

import damage
import trees
from facts import Facts
from tracer import Plan
from world import PASSWORD, lines

# What `rewrite` drops.
DROPPED = b"/d5"
# Large enough for several frames.
LARGE_PACKS = ("--pack-size", "4M")
PARITY = ("--parity", "3%")


def _init(world, *options):
    world.must("init", "--kdf-cost", "14", *(options if "--pack-size" in options else ("--pack-size", "1M", *options)))


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


def one_snapshot(world, name, *options):
    """A snapshot, and a source that has changed since."""
    source, facts = _fresh(world, name), Facts()
    _init(world, *options)
    _backup(world, source, facts)
    trees.change(source, 1)
    facts.saving = (source, trees.manifest(source))
    return facts


def one_snapshot_with_parity(world, name):
    return one_snapshot(world, name, *PARITY)


def no_cache(world, name):
    facts = one_snapshot(world, name)
    world.remove_cache()
    return facts


def _before_its_index(world):
    """When a backup is killed that has its intent and two packs, and is about to publish what is in them."""
    return Plan("kill", "repository", *(("pwrite64", 1, "put/index/") if world.on_volume else ("renameat2", 4)))


def cut_off(world, name):
    """A backup that died when half of its packs were there."""
    facts = one_snapshot(world, name)
    outcome = world.traced(("backup", facts.saving[0]), [_before_its_index(world)])
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
    added = world.must("key", "add", "--new-password-file", "{root}/password-other", "--kdf-cost", "14", "--json")
    world.names[name] = {"{slot}": json.loads(added.output)["id"]}
    return facts


def three_snapshots(world, name, *options):
    """Three snapshots of a changing tree, oldest first."""
    source, facts = _fresh(world, name), Facts()
    _init(world, *options)
    _backup(world, source, facts)
    for seed in (1, 2):
        trees.change(source, seed)
        _backup(world, source, facts)
    return facts


def first_two_leave(world, name, *options):
    facts = three_snapshots(world, name, *options)
    facts.leaving = set(list(facts.snapshots)[:2])
    world.names[name] = {"{first}": list(facts.snapshots)[0]}
    return facts


def first_leaves(world, name):
    facts = first_two_leave(world, name)
    facts.leaving = set(list(facts.snapshots)[:1])
    return facts


def one_to_tag(world, name):
    """A snapshot that another one with the same content takes the place of."""
    facts = one_snapshot(world, name)
    facts.saving = None
    facts.leaving = set(facts.snapshots)
    [facts.successor] = facts.snapshots.values()
    return facts


def one_to_rewrite(world, name):
    """A snapshot that another one without a directory takes the place of."""
    facts = one_to_tag(world, name)
    source, manifest = facts.successor
    kept = {path: entry for path, entry in manifest.items() if path != DROPPED and not path.startswith(DROPPED + b"/")}
    assert len(kept) < len(manifest)
    facts.successor = source, kept
    return facts


def one_to_copy(world, name):
    """The same, and the old one stays."""
    facts = one_to_rewrite(world, name)
    facts.leaving = set()
    return facts


def elsewhere(world, name, *options):
    """A snapshot in another repository, to be copied to one that has a snapshot of something else."""
    place, source, copied = f"{world.live}/elsewhere", world.source(name + "-elsewhere"), Facts()
    world.names[name] = {"{elsewhere}": place, "{repository}": world.environment["FIRN_REPOSITORY"]}
    with open(f"{world.root}/password-target", "w") as file:
        file.write(PASSWORD)
    trees.make(source, name + "-elsewhere")
    _init(world, "-r", place)
    _backup(world, source, copied, "-r", place)
    facts = one_snapshot(world, name, *options)
    facts.saving, [facts.successor] = None, copied.snapshots.values()
    return facts


def elsewhere_alike(world, name):
    """The same, and chunks have the same ids in both."""
    return elsewhere(world, name, "--like", "{elsewhere}", "--like-password-file", "{root}/password-target")


def garbage(world, name, *options):
    """Three snapshots of a changing tree, of which the first two went; packs of theirs are dead or nearly so."""
    facts = three_snapshots(world, name, *options)
    for snapshot in list(facts.snapshots)[:2]:
        world.must("forget", snapshot)
        del facts.snapshots[snapshot]
    world.remove_cache()
    world.must("snapshots")
    return facts


def garbage_with_parity(world, name):
    return garbage(world, name, *PARITY)


def garbage_and_cut_off_backup(world, name):
    facts = garbage(world, name)
    [(source, _)] = facts.snapshots.values()
    # The tree goes on changing and its manifest is known, so the snapshot stays comparable.
    other = world.source(name + "-other")
    subprocess.run(["cp", "-a", source, other], check=True)
    trees.change(other, 3)
    outcome = world.traced(("backup", other), [_before_its_index(world)])
    assert outcome.killed, outcome.told()
    return facts


def cut_off_prune(world, name):
    """A prune that died when its tombstone stood."""
    facts = garbage(world, name)
    at_sweep = ("pwrite64", 1, "put/sweeps/") if world.on_volume else ("renameat2", 1, "/sweeps/")
    outcome = world.traced(PRUNE, [Plan("kill", "repository", *at_sweep)])
    assert outcome.killed, outcome.told()
    return facts


def cut_off_sweep(world, name):
    """A prune that died when it had replaced the index and removed some of the packs."""
    facts = garbage(world, name)
    # A volume's log has the removal of all in one record, of which one copy is written.
    at_packs = ("pwrite64", 2, "remove/packs/") if world.on_volume else ("unlinkat", 2, "/packs/")
    outcome = world.traced(PRUNE, [Plan("kill", "repository", *at_packs)])
    assert outcome.killed, outcome.told()
    return facts


def damaged_index(world, name):
    """Of three index segments one has a flipped byte and one is gone."""
    facts = three_snapshots(world, name)
    first, second, _ = damage.objects(world, "index")
    damage.flip(first, 100)
    damage.remove(second)
    return _with_readable(world, facts)


def damaged_packs(world, name):
    """Two packs that are damaged outside their frames, so that everything can be saved."""
    facts = three_snapshots(world, name, *LARGE_PACKS)
    large, *_, small = damage.objects(world, "packs")
    damage.flip(large, -20)
    damage.cut(small, 10)
    return _with_readable(world, facts)


def damaged_frame(world, name):
    """A pack of which one frame is lost."""
    facts = one_snapshot(world, name, *LARGE_PACKS)
    facts.saving = None
    damage.flip(damage.objects(world, "packs")[0], 300)
    return _with_readable(world, facts)


def lost_frame(world, name):
    """The same, when the pack was repaired, and a snapshot lacks something for good."""
    facts = damaged_frame(world, name)
    assert world.run("repair", "packs").status == 13
    facts = _with_readable(world, facts)
    [(snapshot, (source, manifest))] = facts.snapshots.items()
    whole = facts.readable[snapshot]
    facts.successor = source, {path: entry for path, entry in manifest.items() if path in whole}
    facts.leaving = {snapshot}
    return facts


def damaged_snapshot(world, name):
    """A snapshot object that only this client's cache has."""
    facts = three_snapshots(world, name)
    damage.flip(f"{world.repository}/snapshots/{list(facts.snapshots)[1]}", 60)
    return _with_readable(world, facts)


def damaged_with_parity(world, name):
    """A sector of a pack, of a segment and of a snapshot is damaged, and the parity of another pack is gone."""
    facts = three_snapshots(world, name, *PARITY)
    packs, index, snapshots = (damage.objects(world, area) for area in ("packs", "index", "snapshots"))
    for path in (packs[0], packs[-1], index[0], snapshots[0]):
        damage.flip(path, damage.size(path) // 2, 40)
    damage.remove(damage.parity(world, packs[1]))
    return _with_readable(world, facts)


def damaged_packs_with_parity(world, name):
    facts = three_snapshots(world, name, *PARITY)
    packs = damage.objects(world, "packs")
    for path in (packs[0], packs[-1]):
        damage.flip(path, damage.size(path) // 2, 40)
    return _with_readable(world, facts)


def damaged_index_with_parity(world, name):
    facts = three_snapshots(world, name, *PARITY)
    for path in damage.objects(world, "index")[:2]:
        damage.flip(path, 100, 40)
    return _with_readable(world, facts)


def damaged_snapshot_with_parity(world, name):
    facts = three_snapshots(world, name, *PARITY)
    damage.flip(f"{world.repository}/snapshots/{list(facts.snapshots)[1]}", 60)
    return _with_readable(world, facts)


def _with_readable(world, facts):
    """Notes what of each snapshot comes back to a client that knows nothing."""
    cache = f"{world.root}/cache-aside"
    os.rename(world.cache, cache)
    facts.readable = {
        snapshot: world.readable(snapshot, source, manifest) for snapshot, (source, manifest) in facts.snapshots.items()}
    world.remove_cache()
    os.rename(cache, world.cache)
    return facts


# Dead sessions are fenced off at once; otherwise a prune would wait for them.
PRUNE_OPTIONS = ("--max-unused", "0%", "--wait-for-backups", "0s", "--fence-after", "0s")
PRUNE = ("prune", *PRUNE_OPTIONS, "--json")
