"""Real processes at work on one repository at the same time: 4 writers, 2 pruners, a checker and a restorer.

The sources change all the while, and commands are killed or suspended for longer than prunes wait. No command ends with
an exit code that isn't due, and no check finds anything; at the end everything that was acknowledged and not forgotten
comes back equal.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "Harness")]

from actors import Checker, Pruner, Restorer, Writer  # noqa: E402
from firn import Firn  # noqa: E402
from ledger import Ledger  # noqa: E402
from process import exit_with  # noqa: E402


class Soak:
    def __init__(self, options, directory):
        self.options, self.directory = options, directory
        self.ledger = Ledger()
        self.stop = threading.Event()

    def firn(self, cache):
        return Firn(self.options.firn, os.path.join(self.directory, "repository"),
                    os.path.join(self.directory, "caches", cache))

    def actor(self, kind, name, cache):
        return kind(name, self.firn(cache), self.ledger, self.stop, self.options.seed, self.directory)

    def run(self):
        made = self.firn("shared").run("init", "--kdf-cost", "14", "--pack-size", "1M", "--parity", "3%")
        if made.code:
            raise SystemExit(f"soak: {made}")
        # Some share a cache, some have one of their own.
        writers = [self.actor(Writer, f"writer-{number}", cache)
                   for number, cache in enumerate(("shared", "shared", "own-2", "own-3"))]
        pruners = [self.actor(Pruner, f"pruner-{number}", cache) for number, cache in enumerate(("shared", "pruner"))]
        for pruner in pruners:
            pruner.hosts = [writer.name for writer in writers]
        checker = self.actor(Checker, "checker", "checker")
        checker.shared = self.firn("shared")
        actors = [*writers, *pruners, checker, self.actor(Restorer, "restorer", "shared")]
        for actor in actors:
            actor.start()
        end = time.monotonic() + self.options.minutes * 60
        while time.monotonic() < end and not self.ledger.failures:
            time.sleep(0.2)
        self.stop.set()
        for actor in actors:
            actor.join()
        if not self.ledger.failures:
            self.settle_accounts()

    def settle_accounts(self):
        """What is left when nobody is at work any more."""
        judge = self.actor(Restorer, "judge", "judge")
        # The first takes killed sessions for dead, the second removes what they stored.
        for _ in range(2):
            judge.command("prune", "--json", "--fence-after", "0s", may_be_disturbed=False)
        # Of what killed commands published, parity may be missing.
        judge.command("check", "--repair", "--json", may_be_disturbed=False)
        check = judge.command("check", "--read-data", "--json", may_be_disturbed=False)
        for line in check.lines():
            if line["message_type"] == "finding" and line["severity"] != "note":
                self.ledger.fail(f"check: {line['code']}: {line['object']}: {line['message']}")
        intents = judge.command("intents", "--json", may_be_disturbed=False)
        if intents.lines() != [[]]:
            self.ledger.fail(f"intents are left: {intents.output.decode()}")
        listed = judge.listed()
        for snapshot in sorted(set(self.ledger.owed()) - listed.keys()):
            self.ledger.fail(f"acknowledged, not forgotten, and gone: {snapshot}")
        for snapshot in sorted(listed):
            if text := judge.compare(snapshot, listed[snapshot]["host"]):
                self.ledger.fail(text)
        self.ledger.count("snapshots owed at the end", len(self.ledger.owed()))
        self.ledger.count("snapshots listed at the end", len(listed))


def main(options):
    directory = tempfile.mkdtemp(prefix="soak-")
    soak = Soak(options, directory)
    is_kept = False
    try:
        soak.run()
        for what, count in sorted(soak.ledger.counts.items()):
            print(f"{count:7} {what}")
        for text in soak.ledger.failures:
            print(f"FAILED: {text}")
        if soak.ledger.failures:
            is_kept = True
            print(f"The repository, the sources and a log of all commands are in {directory}.\n"
                  f"To repeat: Scripts/soak --minutes {options.minutes:g} --seed {options.seed}")
        else:
            print(f"soak: {options.minutes:g} minutes, seed {options.seed}: nothing is lost")
        return 1 if soak.ledger.failures else 0
    finally:
        soak.stop.set()
        if not is_kept:
            shutil.rmtree(directory, ignore_errors=True)


def arguments():
    parser = argparse.ArgumentParser(prog="Scripts/soak", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10, help="how long (10)")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32),
                        help="of what each does; when each comes to it is up to the machine (random)")
    parser.add_argument("--firn", required=True, help="the command to run")
    options = parser.parse_args()
    options.firn = os.path.realpath(options.firn)
    return options


if __name__ == "__main__":
    exit_with(lambda: main(arguments()))
