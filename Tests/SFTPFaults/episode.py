"""A repository on a real server, on which commands run while something goes wrong, and the judgement of it."""

import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time

from faults import KINDS
from firn import Firn, Outcome
from ledger import Ledger
from manifest import difference, manifest
from network import Link
from ssh_server import SSHServer
from trees import change, grow

HOST = "the only one"
# What a check may say of backups that were cut off.
LEFT_BEHIND = ("packUnreferenced", "parityMissing")
# As the user's configuration of ssh has it, and how long lost connections are made again: short, so that the rig ends.
TIMEOUTS = ("ConnectTimeout 3", "ServerAliveInterval 1", "ServerAliveCountMax 3")
PATIENCE = "15s"
# All of a command's waiting together is shorter: the patience, and the last attempt's steps.
HANGING = 60
STEPS = 12
DONE, UNREACHABLE = 0, 16


class Wrong(Exception):
    """Something that must not be."""


class Episode:
    def __init__(self, options, kind, number, environment, server_options=lambda directory: ()):
        self.options, self.kind, self.name = options, kind, f"{kind}:{number}"
        self.random = random.Random(f"{options.seed} {self.name}")
        self.directory = tempfile.mkdtemp(prefix="sftp-faults-", dir=options.directory)
        self.server = SSHServer(self._path("server"), TIMEOUTS, server_options(self.directory))
        self.link = Link(self.server.port)
        self.ledger = Ledger()
        self.typical = {}
        self.log = open(self._path("log"), "w")
        self.source = self._path("source")
        environment = environment | {"HOME": self.server.home, "FIRN_RECONNECT_FOR": PATIENCE}
        self.firn = Firn(options.firn, self._place("repository"), self._path("cache"), environment=environment)
        self.local = Firn(options.firn, self._path("repository"), self._path("judge"), environment=environment)
        self.environment = environment
        self.count = 0

    def _path(self, name):
        return os.path.join(self.directory, name)

    def _place(self, name):
        return f"sftp://127.0.0.1:{self.link.port}{self._path(name)}"

    def run(self):
        """Raises Wrong."""
        grow(self.source, self.random)
        self._grow_large()
        self.initialize(self.firn, "repository")
        for number in range(STEPS):
            if self.is_over():
                break
            step = self.random.choice((self.backup,) * 6 + (self.prune,) * 3 + (self.restore, self.check, self.initialize_another))
            before = self.count
            outcome = step()
            if self.count > before and (outcome is None or outcome.code != DONE):
                # Whatever happened, the next one comes through.
                self.backup(is_faulty=False)
            self.judge(reads_all=self.kind.endswith("kills") or number % 4 == 3)
        # What killed sessions left goes, and nothing else.
        for _ in range(2):
            self.command(self.firn, "prune", "--json", "--fence-after", "0s", is_faulty=False)
        self.judge(reads_all=True)

    def is_over(self):
        return self.options.counts[self.kind].is_reached(self.count)

    def close(self, keep):
        self.server.close()
        self.link.close()
        self.log.close()
        if not keep:
            shutil.rmtree(self.directory, ignore_errors=True)

    # What commands do

    def initialize(self, firn, name):
        made = self.command(firn, "init", "--kdf-cost", "14", "--pack-size", "1M")
        if made.code == DONE:
            return made
        # It stands as a whole, or is not there and the next attempt makes it.
        local = Firn(self.options.firn, self._path(name), self._path("judge"), environment=self.environment)
        if local.run("snapshots", "--json").code != DONE:
            again = self.command(firn, "init", "--kdf-cost", "14", "--pack-size", "1M", is_faulty=False)
            if again.code != DONE:
                raise Wrong(f"after an init that failed another one fails: {again}")
        return made

    def initialize_another(self):
        name = f"another-{self.random.getrandbits(32):08x}"
        firn = Firn(self.options.firn, self._place(name), self._path("cache"), environment=self.environment)
        self.initialize(firn, name)
        outcome = firn.run("snapshots", "--json")
        if outcome.code != DONE:
            raise Wrong(f"what init made can't be opened: {outcome}")
        shutil.rmtree(self._path(name))
        return None

    def backup(self, is_faulty=True):
        change(self.source, self.random)
        if self.random.random() < 0.4:
            self._grow_large()
        tree = manifest(self.source)
        self.ledger.begin(HOST, tree)
        outcome = self.command(self.firn, "backup", "--json", "--host", HOST, self.source, is_faulty=is_faulty)
        if outcome.code == DONE:
            self.ledger.acknowledge(HOST, outcome.lines()[-1]["snapshot_id"], tree)
        return outcome

    def _grow_large(self):
        """So that some uploads take long enough to be met by a fault."""
        with open(os.path.join(self.source, "larger"), "wb") as file:
            file.write(self.random.randbytes(self.random.randint(0, 3_000_000)))

    def prune(self):
        if released := self.ledger.release(HOST):
            outcome = self.command(self.firn, "forget", "--json", *released)
            if outcome.code != DONE:
                return outcome
        return self.command(self.firn, "prune", "--json", "--fence-after", "0s")

    def restore(self):
        if not self.ledger.owed():
            return None
        snapshot, target = self.random.choice(self.ledger.owed()), self._path("restored")
        outcome = self.command(self.firn, "restore", "--json", f"{snapshot}:{self.source}", "--target", target)
        if outcome.code == DONE:
            self._compare(snapshot, target)
        shutil.rmtree(target, ignore_errors=True)
        return outcome

    def check(self):
        outcome = self.command(self.firn, "check", "--json", "--read-data")
        if outcome.code == DONE:
            self._refuse_findings(outcome)
        return outcome

    def command(self, firn, *arguments, is_faulty=True):
        """Runs a command while something goes wrong, and demands that it ends as it may."""
        fault = KINDS[self.kind](self.random, self.server, self.link) if is_faulty else None
        began = time.monotonic()
        # Before the command is there, since it is fast.
        process = firn.start(*arguments)
        if fault:
            fault.begin(process, self.typical.get(arguments[0], 0.15))
        try:
            output, errors = process.communicate(timeout=HANGING)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGABRT)
            process.communicate()
            raise Wrong(f"it hung for {HANGING} s: firn {' '.join(arguments)} ({fault})") from None
        finally:
            if fault:
                fault.end()
                self.count += fault.count
        outcome = Outcome(arguments, process.returncode, output, errors)
        took = time.monotonic() - began
        self.log.write(f"{took:.2f} s, struck {fault.count if fault else 0}: {outcome} ({fault})\n")
        self.ledger.count(f"{arguments[0]}: {outcome.code}")
        struck = fault is not None and fault.count > 0
        if outcome.code == DONE and not struck:
            self.typical[arguments[0]] = took
        due = {DONE} | ({-signal.SIGKILL} if struck and self.kind == "client-kills" else {UNREACHABLE} if struck else set())
        if outcome.code not in due:
            raise Wrong(f"{outcome} (struck {fault.count if fault else 0} times; {fault})")
        if outcome.code == UNREACHABLE and b"127.0.0.1" not in errors:
            raise Wrong(f"the server is not named: {outcome}")
        return outcome

    # Judging

    def judge(self, reads_all):
        """By the repository's path, without the server."""
        owed = self.ledger.owed()
        gone = set(owed) - set(os.listdir(self._path("repository/snapshots")))
        if gone:
            raise Wrong(f"acknowledged and gone: {', '.join(sorted(gone))}")
        for snapshot in owed if reads_all else owed[-1:]:
            self._restore_locally(snapshot)
        if not reads_all:
            return
        checked = self.local.run("check", "--json", "--read-data")
        if checked.code != DONE:
            raise Wrong(f"{checked} {checked.output.decode()[-2000:]}")
        self._refuse_findings(checked)
        # What was published without anybody's being told is whole as well.
        for snapshot in json.loads(self.local.run("snapshots", "--json").output):
            if snapshot["id"] not in owed:
                self._restore_locally(snapshot["id"])

    def _restore_locally(self, snapshot):
        target = self._path("judged")
        outcome = self.local.run("restore", "--json", f"{snapshot}:{self.source}", "--target", target)
        if outcome.code != DONE:
            raise Wrong(str(outcome))
        self._compare(snapshot, target)
        shutil.rmtree(target)
        self.ledger.count("restored and compared")

    def _compare(self, snapshot, target):
        found, trees = manifest(target), self.ledger.trees(snapshot, HOST)
        if found not in trees:
            raise Wrong(f"{snapshot} comes back otherwise: "
                        + (difference(trees[-1], found) if trees else "no backup saved it"))

    def _refuse_findings(self, outcome):
        for line in outcome.lines():
            if line["message_type"] == "finding" and line["severity"] != "note" and line["code"] not in LEFT_BEHIND:
                raise Wrong(f"check: {json.dumps(line)}")
