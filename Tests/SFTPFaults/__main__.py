"""The built command on a real sshd with throw-away keys, while connections are cut at random bytes or stall, and the command or
the server is killed.

After each fault all that was acknowledged is there and is restored equal, check finds no more than what cut-off backups leave, and
the next backup succeeds; no command hangs, ends with a code that isn't due, or fails without naming the server. A run is made of
episodes, each with a server, a repository and a seed of its own.
"""

import argparse
import collections
import os
import random
import shutil
import sys
import tempfile
import threading
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "Harness")]

from cheap_password import cheap_password_hash  # noqa: E402
from episode import Episode, Wrong  # noqa: E402
from lies import LIES, Lies  # noqa: E402
from process import exit_with  # noqa: E402

USUAL = {"cuts": 2000, "client-kills": 500, "server-kills": 500, "stalls": 100, "lies": len(LIES)}


class Count:
    """How often a kind of fault has struck, and how often it is to."""

    def __init__(self, wanted):
        self.wanted, self.done = wanted, 0
        self._lock = threading.Lock()

    def is_reached(self, more=0):
        return self.done + more >= self.wanted

    def add(self, count):
        with self._lock:
            self.done += count


class Run:
    def __init__(self, options, environment):
        self.options, self.environment = options, environment
        self.lock = threading.Lock()
        self.failures = []
        self.outcomes = collections.Counter()
        self.numbers = {kind: 0 for kind in USUAL}

    def work(self):
        while task := self._next():
            self.episode(*task)

    def _next(self):
        """The next episode of a kind that has not struck often enough; None when all have, or something is wrong."""
        with self.lock:
            left = [kind for kind in USUAL if not self.options.counts[kind].is_reached()]
            if not left or self.failures:
                return None
            self.numbers[left[0]] += 1
            return left[0], self.numbers[left[0]]

    def episode(self, kind, number):
        episode = (Lies if kind == "lies" else Episode)(self.options, kind, number, self.environment)
        wrong = None
        try:
            episode.run()
        except Wrong as error:
            wrong = str(error)
        except Exception:
            wrong = f"the rig itself failed: {traceback.format_exc()}"
        finally:
            episode.close(keep=wrong is not None)
        self.options.counts[kind].add(episode.count)
        with self.lock:
            self.outcomes += episode.ledger.counts
            if wrong is not None:
                self.failures.append(
                    f"{wrong}\n  All of it and a log of the commands are in {episode.directory}.\n"
                    f"  To repeat: Scripts/sftp-faults --seed {self.options.seed} --episode {kind}:{number}")


def main(options):
    began = time.monotonic()
    directory = tempfile.mkdtemp(prefix="sftp-faults-", dir=options.directory)
    try:
        run = Run(options, cheap_password_hash(directory))
        if options.episode:
            kind, number = options.episode.split(":")
            options.counts[kind] = Count(sys.maxsize)
            run.episode(kind, int(number))
        else:
            workers = [threading.Thread(target=run.work) for _ in range(options.workers)]
            try:
                for worker in workers:
                    worker.start()
                for worker in workers:
                    worker.join()
            except (KeyboardInterrupt, SystemExit):
                run.failures.append("it was ended before it was done")
                # The episodes that run come to their end, and no others begin.
                for worker in workers:
                    worker.join()
        for what, count in sorted(run.outcomes.items()):
            print(f"{count:7} {what}")
        for failure in run.failures:
            print(f"FAILED: {failure}")
        struck = ", ".join(f"{options.counts[kind].done} {kind}" for kind in USUAL)
        print(f"sftp-faults: seed {options.seed}: {struck}; {len(run.failures)} wrong, {time.monotonic() - began:.0f} s")
        return 1 if run.failures else 0
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def arguments():
    parser = argparse.ArgumentParser(prog="Scripts/sftp-faults", description=__doc__.splitlines()[0])
    for kind, usual in USUAL.items():
        parser.add_argument(f"--{kind}", type=int, metavar="N", help=f"how many ({usual}, or 0 if others are given)")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32),
                        help="of what happens; when exactly is up to the machine (random)")
    parser.add_argument("--episode", metavar="KIND:NUMBER", help="repeat this one")
    parser.add_argument("--workers", type=int, default=2, help="how many episodes at once (2)")
    parser.add_argument("--directory", help="where all of it lies meanwhile (the usual one for temporary files)")
    parser.add_argument("--firn", required=True, help="the command to run")
    options = parser.parse_args()
    options.firn = os.path.realpath(options.firn)
    given = {kind: getattr(options, kind.replace("-", "_")) for kind in USUAL}
    if all(count is None for count in given.values()):
        given = USUAL
    options.counts = {kind: Count(count or 0) for kind, count in given.items()}
    return options


if __name__ == "__main__":
    exit_with(lambda: main(arguments()))
