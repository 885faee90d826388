"""The work that is measured: groups of steps, each on two versions of something."""
import dataclasses
import os
import pathlib
import shutil
import subprocess
import tempfile

from . import measuring, places

PRUNED_SIZE = "size, after the prune"
FRESH_SIZE = "size, made fresh from what is kept"


class Store:
    """One program's repository, with what is done to it."""

    def __init__(self, program, place):
        self.program = program
        self.repository = str(place / "repository")
        # Borg wants its place to be there.
        os.makedirs(self.repository + "-cache")
        self.backups = 0
        self.size = 0
        self.run(program.init())

    def run(self, arguments, *reads):
        # A kernel may take back what was not read for a minute, and whoever comes first would read it from the disk alone.
        for place in [*reads, self.repository]:
            places.read_whole(place)
        # What somebody else has left to be written is not to be waited for in the measured time.
        os.sync()
        return measuring.run(arguments, self.program.environment(self.repository))

    def measure_size(self):
        self.size = places.size(self.repository)
        return self.size


class Scene:
    """What the steps of one round work on: the two versions, mounted in turn at one place, so that only what differs between
    them differs."""

    def __init__(self, versions, work, is_first):
        self.versions = versions
        self.work = work
        self.is_first = is_first
        self.source = work / "source"
        self.source.mkdir(exist_ok=True)

    def mounted(self, version):
        return places.mounted(self.versions[version], self.source)


def backup(scene, store, version):
    store.backups += 1
    with scene.mounted(version):
        return store.run(store.program.backup(str(scene.source), store.backups), scene.source)


def list_snapshot(scene, store, _):
    return store.run(store.program.list(store.backups))


def restore(scene, store, version):
    """To a fresh file system: creating files is slow for a minute after many were deleted."""
    entries, size = places.extent(scene.versions[version])
    with places.fresh_file_system(scene.work, size, entries) as target:
        sample = store.run(store.program.restore(store.backups, str(target)))
        if scene.is_first:
            with scene.mounted(version):
                if places.differ(scene.source, f"{target}{scene.source}"):
                    raise SystemExit(f"{store.program.name} restored something else than was backed up")
    return sample


def check(scene, store, _):
    return store.run(store.program.check())


def forget(scene, store, _):
    return store.run(store.program.forget())


def size(scene, store, _):
    return {"bytes": store.measure_size()}


def growth(scene, store, _):
    before = store.size
    return {"bytes": store.measure_size() - before}


def fresh(scene, store, version):
    """The size of another repository, into which only this version goes. It hardly varies: once is enough."""
    if not scene.is_first:
        return None
    with tempfile.TemporaryDirectory(dir=scene.work) as place:
        other = Store(store.program, pathlib.Path(place))
        backup(scene, other, version)
        return {"bytes": other.measure_size()}


@dataclasses.dataclass
class Step:
    name: str
    action: object
    version: str = ""


@dataclasses.dataclass
class Group:
    name: str
    parts: list  # of the corpus
    prepare: object  # makes both versions of those parts
    steps: list


def as_they_are(parts, work, options):
    return dict(zip(["old", "new"], parts))


def tars(parts, work, options):
    """An archive of each version as source trees are published: names sorted, everything of one time and of nobody."""
    versions = {}
    for version, tree in zip(["old", "new"], parts):
        time = 1_700_000_000 + (86_400 if options.tar_times == "version" and version == "new" else 0)
        versions[version] = work / f"{version}.tar"
        subprocess.run(
            ["tar", "--create", "--sort=name", f"--mtime=@{time}", "--owner=0", "--group=0", "--numeric-owner", "--format=gnu",
             "--file", versions[version], "--directory", tree, "."],
            check=True)
    return versions


def random_bytes(parts, work, options):
    place = work / "random.bin"
    with open(place, "wb") as file:
        for _ in range(options.random_mib):
            file.write(os.urandom(1 << 20))
    return {"old": place}


GROUPS = [
    Group("tree", ["tree-a", "tree-b"], as_they_are, [
        Step("first backup", backup, "old"),
        Step("backup, nothing changed", backup, "old"),
        Step("backup, next version", backup, "new"),
        Step("list one snapshot", list_snapshot),
        Step("restore", restore, "new"),
        Step("check, all data", check),
        Step("size, both versions", size),
        Step("forget to the last one, prune", forget),
        Step(PRUNED_SIZE, size),
        Step(FRESH_SIZE, fresh, "new"),
    ]),
    Group("tar", ["tree-a", "tree-b"], tars, [
        Step("tar, first version", backup, "old"),
        Step("tar, size of the first version", size),
        Step("tar, next version", backup, "new"),
        Step("tar, growth by the next version", growth),
    ]),
    Group("random", [], random_bytes, [Step("random bytes", backup, "old")]),
    Group("disk", ["disk-a.img", "disk-b.img"], as_they_are, [
        Step("disk image, first", backup, "old"),
        Step("disk image, next version", backup, "new"),
        Step("disk image, restore", restore, "new"),
        Step("disk image, size of both versions", size),
    ]),
]


def run_group(group, programs, parts, work, options):
    """The samples of all rounds, by step and program. Each step is done by every program in turn, so that they share whatever
    the machine is doing, and each round begins with another program."""
    versions = group.prepare(parts, work, options)
    samples = {step.name: {name: [] for name in programs} for step in group.steps}
    names = list(programs)
    for number in range(options.rounds):
        first = number % len(names)
        order = names[first:] + names[:first]
        scene = Scene(versions, work, is_first=number == 0)
        stores = {}
        for name in order:
            place = work / name
            place.mkdir()
            stores[name] = Store(programs[name], place)
        for step in group.steps:
            for name in order:
                sample = step.action(scene, stores[name], step.version)
                if sample:
                    samples[step.name][name].append(sample)
        for name in order:
            shutil.rmtree(work / name)
    return samples
