"""Loses the power at many moments of a repository's life and demands that nothing acknowledged is lost.

A file system on a disk that logs its writes and flushes holds a repository while commands work on it; or, for a volume, the
disk itself does. Then, for each state: a moment is chosen; what was flushed before it is on the disk, of the rest a seeded
part (whole writes, or halves of their sectors) is lost; the file system is mounted and recovers; a judge looks at the
repository.
States that leave the same names and contents, owe the same and meet the same cache are judged once, and more are drawn
until so many were different.
"""

import argparse
import contextlib
import hashlib
import os
import shutil
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, *(os.path.join(os.path.dirname(HERE), name) for name in ("Harness", "FormatReader"))]

from cheap_password import cheap_password_hash  # noqa: E402
from diary import Diary, Images, PowerLoss  # noqa: E402
from firn import Firn  # noqa: E402
from judge import Claims, Judge, fingerprint, volume_fingerprint  # noqa: E402
from mounts import KINDS, VOLUME, leave_the_others, logged_disk, make_file_system, repository_on, run  # noqa: E402
from process import exit_with  # noqa: E402
from workers import shared_out  # noqa: E402
from workload import Recording, record  # noqa: E402

# So many losses are drawn at most for each state that is wanted.
MOST_DRAWN = 8

# What a rig has in its directory: the memory, and where disks are mounted.
PLACES = ("memory", "disk", "fuse")

AREAS = ("", "/packs", "/index", "/snapshots", "/intents", "/tombstones", "/sweeps", "/keys", "/parity")


def sabotages(kind, repository):
    """What the rig must notice: calls that only claim to have flushed."""
    if kind == VOLUME:
        trace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e", "inject=fdatasync:retval=0"]
        return {"nothing is flushed": trace, "every other flush is left out": [*trace[:-1], trace[-1] + ":when=1+2"]}
    trace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e", "inject=fsync:retval=0"]
    directories = [word for area in AREAS for word in ("-P", repository + area)]
    return {"no directory is flushed": trace + directories, "nothing is flushed": trace}


class Rig:
    """`place` has the mount points and `memory`, where everything else is: what is flushed there costs nothing, and it goes
    with the namespace. No mount point is in it. A disk whose image pins the mount that the disk is mounted on would never be
    let go when the namespace ends, and its loop device neither."""

    def __init__(self, options, place):
        self.options = options
        self.memory, self.disk, self.fuse = (os.path.join(place, name) for name in PLACES)
        for directory in (self.memory, self.disk, self.fuse):
            os.mkdir(directory)
        run("mount", "-t", "tmpfs", "-o", "mode=0700,size=75%", "power-loss", self.memory)
        self.recording = Recording(self.memory)
        self.environment = cheap_password_hash(self.memory)

    def path(self, *names):
        return os.path.join(self.memory, *names)

    @property
    def repository(self):
        """Where it is while it is recorded, unless it is on a device."""
        return os.path.join(self.disk, "repository")

    def record(self, prefix=()):
        make_file_system(self.options.file_system, self.path("base.img"), self.options.firn)
        shutil.copy(self.path("base.img"), self.path("live.img"))
        with logged_disk(self.path("live.img"), self.path("log"), self.fuse) as disk:
            with repository_on(self.options.file_system, disk, self.disk, as_device=True) as repository:
                os.sync()
                firn = Firn(self.options.firn, repository, self.recording.path("cache"), prefix, self.environment)
                record(self.recording, firn, self.path("log"), self.options.seed)
        os.unlink(self.path("live.img"))

    def judge(self):
        """Judges states until enough of them were different; returns what is wrong as (state, text)."""
        diary = self.diary = Diary(self.path("log"))
        start = diary.position(self.recording.steps[0].began)
        ends = [diary.position(step.ended) for step in self.recording.steps]
        boundaries = sorted([diary.position(step.began) for step in self.recording.steps] + ends)
        self.states, self.distinct = 0, set()
        drawn, known, wrong = 0, set(), []
        wanted = self.options.states
        while len(self.distinct) < wanted and drawn < MOST_DRAWN * wanted:
            numbers = range(drawn, drawn + (wanted - len(self.distinct)) * 5 // 4 + 1)
            if self.options.state is not None:
                numbers, wanted = [self.options.state], 1
            drawn += len(numbers)
            losses = {}
            for number in numbers:
                loss = PowerLoss(number, self.options.seed, diary, start, ends, boundaries,
                                 is_all_torn=self.options.file_system == VOLUME)
                # Those that leave the same bytes on the disk and owe the same are the same loss.
                if loss.identity not in known:
                    losses[loss.identity] = loss
            known |= losses.keys()
            for key, text, state in self._judge(losses.values()):
                self.states += 1
                self.distinct.add(key)
                if text:
                    wrong.append((state, text))
        return sorted(wrong)

    def _judge(self, losses):
        images = Images(self.path("base.img"), self.diary, self.path("settled.img"))

        def tasks():
            for loss in sorted(losses, key=lambda loss: loss.position):
                images.build(loss, self.path(f"state-{loss.number}.img"))
                yield loss

        return shared_out(self.options.jobs, leave_the_others, self._examine, tasks())

    def _examine(self, loss):
        # Each worker mounts its states where the recording had its disk, for a cache belongs to a place.
        image, key = self.path(f"state-{loss.number}.img"), None
        claims = Claims(self.recording, self.diary.position, loss.position)
        try:
            with repository_on(self.options.file_system, image, self.disk) as repository:
                names = fingerprint(self.disk) if self.options.file_system != VOLUME else volume_fingerprint(image)
                key = hashed((names, claims.key, loss.keeps_cache and claims.cache))
                verdict = self.path(f"verdict-{key}")
                if not os.path.exists(verdict):
                    scratch = tempfile.mkdtemp(dir=self.memory, prefix="judge-")
                    judge = Judge(self.options.firn, repository, self.recording, scratch, self.environment)
                    text = judge.problem(claims, loss.keeps_cache)
                    shutil.rmtree(scratch)
                    with open(f"{scratch}.verdict", "w") as file:
                        file.write(text or "")
                    os.rename(file.name, verdict)
                with open(verdict) as file:
                    return key, file.read(), str(loss)
        except OSError as error:
            return key, f"the file system itself is broken: {error}", str(loss)
        finally:
            os.unlink(image)

    def summary(self, wrong, seconds):
        flushes = len(self.diary.flushes)
        return (f"{self.options.file_system}: {self.states} states ({len(self.distinct)} distinct) of "
                f"{len(self.diary.writes) - flushes} writes and {flushes} flushes in {len(self.recording.steps)} "
                f"commands, {len(wrong)} found wrong, {seconds:.0f} s")


def hashed(value):
    return hashlib.blake2b(repr(value).encode(), digest_size=16).hexdigest()


def main(options):
    leave_the_others()
    if options.teeth:
        return show_teeth(options)
    start = time.monotonic()
    if options.replay:
        recorded = Recording.load(os.path.join(options.replay, "recording.json"))
        # Paths are part of the recording.
        with temporary_place(os.path.dirname(recorded.directory)) as place:
            rig = Rig(options, place)
            rig.recording = recorded
            run("cp", "-a", "--sparse=always", os.path.join(options.replay, "."), rig.memory)
            wrong = rig.judge()
            return report(rig, wrong, time.monotonic() - start, options.replay)
    with temporary_place() as place:
        rig = Rig(options, place)
        rig.record()
        wrong = rig.judge()
        kept = keep(rig) if wrong else None
        return report(rig, wrong, time.monotonic() - start, kept)


def report(rig, wrong, seconds, kept):
    for state, text in wrong[:20]:
        print(f"{state}: {text}")
    print(rig.summary(wrong, seconds))
    if wrong:
        number = wrong[0][0].split()[1].rstrip(":")
        print(f"The recording is in {kept}. To repeat: Scripts/power-loss --file-system {rig.options.file_system} "
              f"--seed {rig.options.seed} --replay {kept} --state {number}")
    return 1 if wrong else 0


def keep(rig):
    kept = tempfile.mkdtemp(prefix="power-loss-failed-")
    for name in ("base.img", "log", "recording.json", "source", "caches"):
        run("cp", "-a", "--sparse=always", rig.path(name), kept)
    return kept


def show_teeth(options):
    """Each sabotage must be seen."""
    missed = 0
    for name in sabotages(options.file_system, ""):
        start = time.monotonic()
        with temporary_place() as place:
            rig = Rig(options, place)
            rig.record(sabotages(options.file_system, rig.repository)[name])
            wrong = rig.judge()
        missed += not wrong
        print(f"{name}: {rig.summary(wrong, time.monotonic() - start)}", flush=True)
        for state, text in wrong[:1]:
            print(f"  such as {state}: {text}")
    print("every sabotage was seen" if not missed else f"{missed} sabotages were not seen")
    return 1 if missed else 0


@contextlib.contextmanager
def temporary_place(path=None):
    """A directory for as long as it is used. What is mounted there is hidden from others and goes by itself."""
    if path is None:
        path = tempfile.mkdtemp(prefix="power-loss-")
    else:
        os.mkdir(path, 0o700)
    try:
        yield path
    finally:
        for name in filter(os.path.isdir, (os.path.join(path, name) for name in PLACES)):
            if os.path.ismount(name):
                run("umount", "--lazy", name)
            os.rmdir(name)
        os.rmdir(path)


def arguments():
    parser = argparse.ArgumentParser(prog="Scripts/power-loss", description=__doc__.splitlines()[0])
    parser.add_argument("--states", type=int, default=500, help="how many different states to judge (500)")
    parser.add_argument("--seed", type=int, default=1, help="of the workload and of the losses (1)")
    parser.add_argument("--file-system", choices=KINDS, default="ext4",
                        help="what is on the disk; volume for a repository on the device itself (ext4)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="judges at a time (one a processor)")
    parser.add_argument("--teeth", action="store_true", help="take flushes away and demand that losses are seen")
    parser.add_argument("--replay", metavar="DIR", help="judge the recording that a failure has left")
    parser.add_argument("--state", type=int, help="judge this state only")
    parser.add_argument("--firn", required=True, help="the command to judge")
    options = parser.parse_args()
    options.firn = os.path.realpath(options.firn)
    if options.replay:
        options.replay = os.path.realpath(options.replay)
    return options


if __name__ == "__main__":
    exit_with(lambda: main(arguments()))
