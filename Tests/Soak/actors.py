"""Those who work on the repository at the same time. Each is a thread that runs real commands, one after another."""

import json
import os
import random
import shutil
import signal
import subprocess
import threading
import time
import traceback

from firn import Outcome
from manifest import difference, manifest
from trees import change, grow

# A backup takes a second or two, so one that began so long ago was suspended, and is fenced off.
FENCE_AFTER = "10s"
LONGEST_PAUSE = 25
HANGING = 180

# What a check may say of killed backups.
LEFT_BEHIND = ("packUnreferenced", "parityMissing")


class Actor(threading.Thread):
    """`rest` is how long to do nothing between two commands, at most, in seconds."""

    rest = 1.0

    def __init__(self, name, firn, ledger, stop, seed, directory):
        super().__init__(name=name, daemon=True)
        self.firn, self.ledger, self.stop, self.directory = firn, ledger, stop, directory
        self.random = random.Random(f"{seed} {name}")

    def run(self):
        try:
            self.prepare()
            while not self.stop.is_set():
                self.act()
                self.stop.wait(self.random.uniform(0, self.rest))
        except Exception:
            self.ledger.fail(f"{self.name}: the rig itself failed: {traceback.format_exc()}")

    def prepare(self):
        pass

    def command(self, *arguments, expected=(0,), may_be_disturbed=True, firn=None):
        """Runs a command, kills or suspends it at random if that is allowed, and records how it ended.

        `expected` has the exit codes that it may end with, or says of a code whether it may be.
        """
        began = time.time()
        process = (firn or self.firn).start(*arguments)
        # The output is read all the while, lest a full pipe suspends the command too.
        fate = threading.Thread(target=self._disturb, args=(process,)) if may_be_disturbed else None
        if fate:
            fate.start()
        try:
            output, errors = process.communicate(timeout=HANGING)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGABRT)
            output, errors = process.communicate()
            self.ledger.fail(f"{self.name}: it hung for {HANGING} s: {' '.join(arguments)}")
        finally:
            if fate:
                fate.join()
        outcome = Outcome(arguments, process.returncode, output, errors)
        self.ledger.count(f"{arguments[0]}: " + (f"{outcome.code}" if outcome.code >= 0 else f"killed by {-outcome.code}"))
        self.note(began, outcome)
        killed = outcome.code == -signal.SIGKILL and may_be_disturbed
        if not killed and not (expected(outcome.code) if callable(expected) else outcome.code in expected):
            self.ledger.fail(f"{self.name}: {outcome}")
        return outcome

    def _disturb(self, process):
        fate = self.random.random()
        moment, pause = self.random.uniform(0, 0.8), self.random.uniform(1, LONGEST_PAUSE)
        if fate > 0.3:
            return
        try:
            process.wait(timeout=moment)
        except subprocess.TimeoutExpired:
            if fate < 0.15:
                process.kill()
            else:
                process.send_signal(signal.SIGSTOP)
                self.ledger.count(f"{process.args[1]}: suspended")
                # Also when all is over: what is suspended then must still come to its end.
                self.stop.wait(pause)
                process.send_signal(signal.SIGCONT)

    def note(self, began, outcome):
        with open(os.path.join(self.directory, "log"), "a") as log:
            log.write(f"{began:.3f} {time.time():.3f} {self.name} {outcome}\n")


class Writer(Actor):
    """A host. Its settled files hold still while they are saved; the restless ones do not, and are only saved."""

    def prepare(self):
        self.settled = os.path.join(self.directory, self.name, "settled")
        self.restless = os.path.join(self.directory, self.name, "restless")
        grow(self.settled, self.random, files=80)
        grow(self.restless, self.random)

    def act(self):
        change(self.settled, self.random, share=0.1)
        tree = manifest(self.settled)
        self.ledger.begin(self.name, tree)
        is_over = threading.Event()
        unrest = threading.Thread(target=self._stir, args=(is_over, self.random.random()))
        unrest.start()
        try:
            # 3: a restless file could not be read.
            outcome = self.command("backup", "--json", "--host", self.name, self.settled, self.restless, expected=(0, 3))
        finally:
            is_over.set()
            unrest.join()
        if outcome.code in (0, 3):
            self.ledger.acknowledge(self.name, outcome.lines()[-1]["snapshot_id"], tree)

    def _stir(self, is_over, seed):
        chance = random.Random(seed)
        while not is_over.wait(0.01):
            change(self.restless, chance, share=0.1)
            # As many files go as come.
            names = sorted(entry.path for entry in os.scandir(self.restless) if entry.is_file(follow_symlinks=False))
            for path in names[: max(0, len(names) - 60)]:
                os.unlink(path)


class Pruner(Actor):
    """Forgets old snapshots of every host and prunes. 11: the other pruner is at work, or has taken over."""

    rest = 3.0

    def act(self):
        for host in self.hosts:
            if released := self.ledger.release(host):
                self.command("forget", "--json", *released)
                self.ledger.count("snapshots forgotten", len(released))
        outcome = self.command("prune", "--json", "--fence-after", FENCE_AFTER, "--wait-for-backups",
                               self.random.choice(("0s", "2s", "8s")), expected=(0, 11))
        if outcome.code == 0:
            self.ledger.count("sessions fenced off", len(outcome.lines()[-1]["fenced"]))


class Checker(Actor):
    """Checks with a cache of its own or with one that others use. Nothing is ever wrong but for what killed backups leave."""

    def act(self):
        chosen = [option for option in ("--read-data", "--repair") if self.random.random() < 0.3]
        outcome = self.command("check", "--json", *chosen, firn=self.random.choice((self.firn, self.shared)))
        if outcome.code < 0:
            return
        for line in outcome.lines():
            if line["message_type"] == "finding" and line["severity"] != "note" and line["code"] not in LEFT_BEHIND:
                self.ledger.fail(f"{self.name}: {json.dumps(line)}")


class Restorer(Actor):
    def listed(self):
        """The listed snapshots, by id."""
        outcome = self.command("snapshots", "--json", may_be_disturbed=False)
        return {snapshot["id"]: snapshot for snapshot in json.loads(outcome.output or "[]")}

    def compare(self, snapshot, host, may_be_disturbed=False):
        """Restores a snapshot and compares it with what it must hold; what is wrong, or None."""
        target = os.path.join(self.directory, f"restored-{snapshot}")
        settled = os.path.join(self.directory, host, "settled")
        try:
            # What was forgotten may go while it is read, or before.
            outcome = self.command(
                "restore", "--json", f"{snapshot}:{settled}", "--target", target, may_be_disturbed=may_be_disturbed,
                expected=lambda code: code == 0 or code in (1, 3, 13) and not self.stands(snapshot))
            if outcome.code:
                return None
            self.ledger.count("snapshots restored and compared")
            found = manifest(target)
            trees = self.ledger.trees(snapshot, host)
            if found in trees:
                return None
            return f"snapshot {snapshot} of {host} comes back otherwise: " + (
                difference(trees[-1], found) if trees else "no backup saved it")
        finally:
            shutil.rmtree(target, ignore_errors=True)

    def act(self):
        listed = self.listed()
        for snapshot in self.random.sample(sorted(listed), min(3, len(listed))):
            if text := self.compare(snapshot, listed[snapshot]["host"], may_be_disturbed=True):
                self.ledger.fail(f"{self.name}: {text}")

    def stands(self, snapshot):
        return os.path.exists(os.path.join(self.firn.repository, "snapshots", snapshot))
