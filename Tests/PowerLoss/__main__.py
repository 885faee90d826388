"""Loses the power at many moments of a repository's life and demands that nothing acknowledged is lost.

A file system on a disk that logs its writes and flushes holds a repository while commands work on it. Then, for each
state: a moment is chosen; what was flushed before it is on the disk, of the rest a seeded part (whole writes, or
halves of their sectors) is lost; the file system is mounted and recovers; a judge looks at the repository.
States that leave the same names and contents, owe the same and meet the same cache are judged once.
"""

import argparse
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "Harness")]

from diary import Diary, Images, PowerLoss  # noqa: E402
from judge import Claims, Judge, fingerprint  # noqa: E402
from mounts import FILE_SYSTEMS, leave_the_others, logged_disk, make_file_system, mounted, run  # noqa: E402
from workload import Recording, record  # noqa: E402

AREAS = ("", "/packs", "/index", "/snapshots", "/intents", "/tombstones", "/sweeps", "/keys")


def sabotages(repository):
    """What the rig must notice: calls that only claim to have flushed."""
    trace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e", "inject=fsync:retval=0"]
    directories = [word for area in AREAS for word in ("-P", repository + area)]
    return {"no directory is flushed": trace + directories, "nothing is flushed": trace}


class Rig:
    def __init__(self, options, directory):
        self.options, self.directory = options, directory
        self.disk = os.path.join(directory, "disk")
        self.repository = os.path.join(self.disk, "repository")
        self.recording = Recording(directory)
        os.makedirs(self.disk)

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def record(self, prefix=()):
        make_file_system(self.options.file_system, self.path("base.img"))
        shutil.copy(self.path("base.img"), self.path("live.img"))
        os.makedirs(self.path("fuse"))
        with logged_disk(self.path("live.img"), self.path("log"), self.path("fuse")) as disk:
            with mounted(self.options.file_system, disk, self.disk):
                os.sync()
                record(self.recording, self.options.firn, self.repository, self.path("log"), self.options.seed, prefix)
        os.unlink(self.path("live.img"))

    def judge(self):
        """Judges all states; returns what is wrong as (state, text)."""
        diary = self.diary = Diary(self.path("log"))
        start = diary.position(self.recording.steps[0].began)
        acknowledged = [diary.position(step.ended) for step in self.recording.steps]
        numbers = range(self.options.states) if self.options.state is None else [self.options.state]
        self.states = len(numbers)
        losses = [PowerLoss(number, self.options.seed, diary, start, acknowledged) for number in numbers]
        images = Images(self.path("base.img"), diary, self.path("settled.img"))
        wrong, self.distinct = [], set()

        def tasks():
            for loss in sorted(losses, key=lambda loss: (loss.position, loss.number)):
                image = self.path(f"state-{loss.number}.img")
                images.build(loss, image)
                claims = Claims(self.recording, diary.position, loss.position)
                yield self, image, claims, loss.number % 2 == 0, str(loss)

        with multiprocessing.Manager() as manager:
            verdicts = manager.dict()
            with multiprocessing.Pool(self.options.jobs, prepare_worker, (verdicts,)) as pool:
                # Images are built a few ahead of the workers, not all at once.
                slots = multiprocessing.Semaphore(self.options.jobs * 2)

                def paced():
                    for task in tasks():
                        slots.acquire()
                        yield task

                for key, text, state in pool.imap_unordered(examine, paced()):
                    slots.release()
                    self.distinct.add(key)
                    if text:
                        wrong.append((state, text))
        return sorted(wrong)

    def summary(self, wrong, seconds):
        flushes = len(self.diary.flushes)
        return (f"{self.options.file_system}: {self.states} states ({len(self.distinct)} distinct) of "
                f"{len(self.diary.writes) - flushes} writes and {flushes} flushes in {len(self.recording.steps)} "
                f"commands, {len(wrong)} found wrong, {seconds:.0f} s")


def prepare_worker(verdicts):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Each worker mounts its states where the recording had its disk, for a cache belongs to a place.
    leave_the_others()
    examine.verdicts = verdicts


def examine(task):
    rig, image, claims, is_cache_kept, state = task
    key = None
    try:
        with mounted(rig.options.file_system, image, rig.disk):
            key = fingerprint(rig.disk), claims.key, is_cache_kept and claims.cache
            if key not in examine.verdicts:
                scratch = tempfile.mkdtemp(dir=rig.directory, prefix="judge-")
                judge = Judge(rig.options.firn, rig.repository, rig.recording, scratch)
                examine.verdicts[key] = judge.problem(claims, is_cache_kept)
                shutil.rmtree(scratch)
            return key, examine.verdicts[key], state
    except OSError as error:
        return key, f"the file system itself is broken: {error}", state
    finally:
        os.unlink(image)


def rig_in(options, directory):
    """A rig whose directory is in memory: what is flushed there costs nothing, and it goes with the namespace."""
    os.makedirs(directory, exist_ok=True)
    run("mount", "-t", "tmpfs", "-o", "mode=0700,size=75%", "power-loss", directory)
    return Rig(options, directory)


def main(options):
    leave_the_others()
    if options.teeth:
        return show_teeth(options)
    start = time.monotonic()
    if options.replay:
        recorded = Recording.load(os.path.join(options.replay, "recording.json"))
        with temporary_directory(recorded.directory) as directory:
            rig = rig_in(options, directory)
            rig.recording = recorded
            run("cp", "-a", "--sparse=always", os.path.join(options.replay, "."), directory)
            wrong = rig.judge()
            return report(rig, wrong, time.monotonic() - start, options.replay)
    with temporary_directory() as directory:
        rig = rig_in(options, directory)
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
    for name in sabotages(""):
        start = time.monotonic()
        with temporary_directory() as directory:
            rig = rig_in(options, directory)
            rig.record(sabotages(rig.repository)[name])
            wrong = rig.judge()
            run("umount", directory)
        missed += not wrong
        print(f"{name}: {rig.summary(wrong, time.monotonic() - start)}", flush=True)
        for state, text in wrong[:1]:
            print(f"  such as {state}: {text}")
    print("every sabotage was seen" if not missed else f"{missed} sabotages were not seen")
    return 1 if missed else 0


class temporary_directory:
    """A directory's name for as long as it is used. What is mounted there is hidden from others and goes by itself."""

    def __init__(self, path=None):
        self.path = path

    def __enter__(self):
        if self.path is None:
            self.path = tempfile.mkdtemp(prefix="power-loss-")
        return self.path

    def __exit__(self, *error):
        if os.path.ismount(self.path):
            run("umount", "--lazy", self.path)
        os.rmdir(self.path)


def arguments():
    parser = argparse.ArgumentParser(prog="Scripts/power-loss", description=__doc__.splitlines()[0])
    parser.add_argument("--states", type=int, default=500, help="how many power losses (500)")
    parser.add_argument("--seed", type=int, default=1, help="of the workload and of the losses (1)")
    parser.add_argument("--file-system", choices=FILE_SYSTEMS, default="ext4")
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
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    try:
        sys.exit(main(arguments()))
    except KeyboardInterrupt:
        sys.exit(130)
