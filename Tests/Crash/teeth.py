"""Shows that the rig can fail: the kernel is made to lie about calls that matter, and some point must be found wrong.

A lie leaves the call out and says that it was done. A flush can't be lied about in this way, for the pages of a killed process
stay: that is for the power loss rig.
"""

import judge
import points
from crash import attempt
from scenarios import TABLE
from tracer import Plan
from world import World

# What is sabotaged, the scenario, the lies, and points at which to look (tried in turn until one is found wrong).
BITES = [
    ("a pack is not published, and acknowledged", "backup-first", [("renameat2", "/packs/", 1)], None),
    ("an index segment is not published, and acknowledged", "backup-first", [("renameat2", "/index/", 1)], None),
    ("the snapshot is not published, and acknowledged", "backup-next", [("renameat2", "/snapshots/", 1)], None),
    ("a write of a pack is lost", "backup-next", [("write", "/tmp/", 3)], None),
    ("the configuration is not published, and acknowledged", "init", [("renameat2", "/config", 1)], None),
    ("a new key slot is not published, and acknowledged", "key-add", [("renameat2", "/keys/", 1)], None),
    ("a prune's index segments are not published", "prune", [("renameat2", "/index/", 0)], None),
    ("a prune leaves old segments of packs that it removes", "prune", [("unlinkat", "/index/", 0)], None),
    ("a snapshot is not removed, and acknowledged as forgotten", "forget", [("unlinkat", "/snapshots/", 1)], None),
    ("a changed snapshot is not published", "tag", [("renameat2", "/snapshots/", 1)], None),
    ("the pack with what was saved is not published", "repair-packs", [("renameat2", "/packs/", 1)], None),
    ("the segment with what was lost is not published", "repair-index", [("renameat2", "/index/", 1)], None),
    ("a pack is missing when the command dies", "backup-first", [("renameat2", "/packs/", 1)],
     [points.Point("kill", "repository", "unlinkat", 1), points.Point("kill", "repository", "renameat2", 9)]),
    ("a lost write when the command dies", "backup-next", [("write", "/tmp/", 3)],
     [points.Point("kill", "repository", "unlinkat", 1), points.Point("kill", "repository", "renameat2", 5)]),
]


def run(options, root):
    world = World(options.firn, f"{root}/w0")
    scenarios = {scenario.name: scenario for scenario in TABLE}
    started = {}
    missing = 0
    for what, name, lies, tried in BITES:
        scenario = scenarios[name]
        if name not in started:
            started[name] = points.start(world, scenario)
        plans = [Plan("lie", "repository", call, number, path) for call, path, number in lies]
        problem = None
        for point in tried or [None]:
            problem = problem or _bite(world, scenario, started[name], plans, point)
        missing += problem is None
        print(f"{'found' if problem else 'NOT FOUND'}: {what} ({name})" + (f"\n  {problem[:160]}" if problem else ""), flush=True)
    missing += _manifest_bite(world, started["backup-next"])
    missing += _silence_bite(world, scenarios["backup-next"], started["backup-next"])
    print(f"{missing} sabotages were not found")
    return missing == 0


def _bite(world, scenario, facts, plans, point):
    if point:
        return attempt(world, scenario, facts, point, plans)[1]
    world.load(scenario.name)
    outcome = world.traced(scenario.command, plans)
    if not outcome.struck or outcome.status != 0:
        # The command noticed, which is well, but shows nothing about the rig.
        return None
    stand_in = points.Point("lie", plans[0].area, plans[0].call, 1)
    return judge.aftermath(world, facts, scenario, stand_in, outcome, deep=True)


def _manifest_bite(world, facts):
    """One nanosecond in one file's time."""
    world.load("backup-next")
    [(snapshot, (source, manifest))] = facts.snapshots.items()
    manifest = {name: list(entry) for name, entry in manifest.items()}
    manifest[b"/zeros"][3] += 1
    found = judge.restores(world, type(facts)(snapshots={snapshot: (source, manifest)}), None, {})
    print(f"{'found' if found else 'NOT FOUND'}: a file's time is off by a nanosecond")
    return found is None


def _silence_bite(world, scenario, facts):
    """A command that says nothing of an error: here, of one that is allowed as long as it is on the list."""
    point = points.Point("EIO", "repository", "unlinkat", 1)
    allowed, judge.HARMLESS[:] = list(judge.HARMLESS), []
    try:
        found = attempt(world, scenario, facts, point)[1]
    finally:
        judge.HARMLESS[:] = allowed
    print(f"{'found' if found else 'NOT FOUND'}: an error is passed over in silence")
    return found is None
