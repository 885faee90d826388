"""What is done to a repository, whatever kind of place it is at: every command, and what each must bring about."""

import json
import os
import random
import signal
import subprocess
import time

from firn import PASSWORD, Firn
from manifest import difference, manifest
from trees import change, grow


class Wrong(Exception):
    """Something did not come about."""


class Story:
    """One repository's life. Each method whose name begins with `step_` is a chapter; they come in the order of the source."""

    def __init__(self, options, place, work):
        self.options, self.place, self.work = options, place, work
        self.random = random.Random(options.seed)
        self.firn = Firn(options.firn, place.place, os.path.join(work, "cache"), environment=self._surroundings("state"))
        self.tree = os.path.join(work, "tree")
        self.snapshots = []  # (id, manifest), of the tree, oldest first

    def _surroundings(self, state):
        return {"FIRN_STATE_DIR": os.path.join(self.work, state), "HOME": self.work} | self.place.environment

    def run(self):
        for name, step in list(vars(Story).items()):
            if name.startswith("step_"):
                started = time.monotonic()
                step(self)
                print(f"ok: {self.place.name}: {step.__doc__.strip()} ({time.monotonic() - started:.1f} s)", flush=True)

    # What the chapters do.

    def done(self, *arguments, code=0, environment=None, firn=None):
        outcome = (firn or self.firn).run(*arguments, environment=environment)
        if outcome.code != code:
            raise Wrong(f"{outcome}, where {code} is due")
        return outcome

    def json(self, *arguments, **options):
        return json.loads(self.done(*arguments, "--json", **options).output)

    def demand(self, holds, what):
        if not holds:
            raise Wrong(what)

    def back_up(self, *options):
        before = manifest(self.tree)
        outcome = self.done("backup", "--json", *options, self.tree)
        snapshot = [line for line in outcome.lines() if line.get("message_type") == "summary"][-1]["snapshot_id"]
        self.snapshots.append((snapshot, before))
        return snapshot

    def standing(self):
        return [snapshot["id"] for snapshot in self.json("snapshots")]

    def verify(self, snapshot, expected, firn=None):
        target = os.path.join(self.work, "restored")
        self.done("restore", f"{snapshot}:{self.tree}", "--target", target, "--verify", firn=firn)
        unlike = difference(expected, manifest(target))
        subprocess.run(["rm", "-rf", target], check=True)
        self.demand(not unlike, f"{snapshot} came back different: {unlike}")

    def check(self, *options, **others):
        self.done("check", "--read-data", *options, **others)

    def path(self, name):
        return os.path.join(self.work, name)

    # The chapters.

    def step_begin(self):
        """init, and what is no repository yet or any more"""
        self.done("snapshots", code=10)
        self.place.prepare(self.done)
        self.done("init", "--kdf-cost", "14", "--parity", "3%", "--label", "first")
        self.done("init", code=1)
        self.done("snapshots", code=12, environment={"FIRN_PASSWORD": "wrong"})
        self.demand(self.json("snapshots") == [], "a new repository has snapshots")
        self.demand(self.json("cat", "config")["parity_percentage"] == 3, "the parity is not 3 %")

    def step_back_up(self):
        """backups of files, changed ones, unchanged ones, streams and commands"""
        grow(self.tree, self.random, files=200)
        with open(os.path.join(self.tree, "random"), "wb") as file:
            file.write(self.random.randbytes(3_000_000))
        self.back_up("--tag", "one", "--label", "weekly")
        for _ in range(2):
            change(self.tree, self.random)
            self.back_up("--tag", "many")
        unchanged = self.back_up()
        newest = self.json("snapshots")[-1]
        self.demand(newest["id"] == unchanged, "the newest snapshot is not the last one taken")
        before = len(self.standing())
        self.done("backup", "--dry-run", self.tree)
        self.done("backup", "--min-free", "100T", self.tree, code=14)
        self.demand(len(self.standing()) == before, "a dry run, or one without room, took a snapshot")
        self.done("backup", "--stdin-from-command", "--stdin-filename", "printed", "--", "echo", "said")
        self.done("backup", "--stdin-from-command", "--stdin-filename", "printed", "--", "false", code=1)
        self.demand(self.done("dump", "latest", "/printed").output == b"said\n", "a command's output came back different")
        self.done("forget", "latest")

    def step_look(self):
        """snapshots, ls, find, diff, dump, stats, cat"""
        first, last = self.snapshots[0], self.snapshots[-1]
        self.demand(len(self.json("snapshots", "--tag", "many")) == 2, "not two snapshots have the tag")
        listed = {line["path"] for line in self.done("ls", last[0], "--json").lines() if "path" in line}
        self.demand({f"{self.tree}/{path}" for path in last[1]} <= listed, "ls leaves files out")
        self.demand(b"large" in self.done("find", "large").output, "find finds nothing")
        self.demand(self.done("diff", first[0], last[0]).output != b"", "snapshots that differ have no difference")
        with open(os.path.join(self.tree, "random"), "rb") as file:
            self.demand(self.done("dump", last[0], f"{self.tree}/random").output == file.read(), "dump differs")
        tar = subprocess.run(["tar", "-t"], input=self.done("dump", last[0], self.tree).output, capture_output=True)
        self.demand(tar.returncode == 0, "dump's archive can't be read")
        self.done("stats")
        self.done("cat", "snapshot", last[0])

    def step_restore(self):
        """restores of everything, of parts, in place, as dry runs"""
        for snapshot, expected in self.snapshots:
            self.verify(snapshot, expected)
        snapshot, expected = self.snapshots[0]
        copy = self.path("copy")
        subprocess.run(["cp", "-a", self.tree, copy], check=True)
        at_first = manifest(copy)
        self.done("restore", f"{snapshot}:{self.tree}", "--target", copy, "--delete", "--dry-run")
        self.demand(manifest(copy) == at_first, "a dry run of restore changed something")
        self.done("restore", f"{snapshot}:{self.tree}", "--target", copy, "--delete")
        self.demand(not difference(expected, manifest(copy)), "a restore with --delete left something different")
        self.done("restore", f"{snapshot}:{self.tree}", "--target", self.path("part"), "--include", "large")
        self.demand(os.listdir(self.path("part")) == ["large"], "a restore of one file restored others")
        # From a client that knows nothing yet.
        other = Firn(self.options.firn, self.place.place, self.path("other-cache"), environment=self._surroundings("other"))
        self.verify(snapshot, expected, firn=other)

    def step_change(self):
        """tags, pins, rewritten snapshots, keys"""
        snapshot = self.snapshots[0][0]
        self.done("tag", "--add", "kept", snapshot)
        self.demand(len(self.json("snapshots", "--tag", "kept")) == 1, "the tag was not added")
        snapshot = self.json("snapshots", "--tag", "kept")[0]["id"]
        self.done("pin", snapshot)
        pinned = self.json("snapshots", "--tag", "kept")[0]["id"]
        self.done("forget", "--keep-last", "100", "--tag", "kept")
        self.done("unpin", pinned)
        self.done("rewrite", self.snapshots[1][0], "--exclude", "random", "--forget")
        self.demand(self.snapshots[1][0] not in self.standing(), "the rewritten snapshot is still there")
        self.snapshots = [(snapshot, tree) for snapshot, tree in self.snapshots if snapshot in self.standing()]
        second = self.path("second-password")
        with open(second, "w") as file:
            file.write("another\n")
        self.done("key", "add", "--role", "write", "--new-password-file", second)
        self.demand(len(self.json("key", "list")) == 2, "there are not two keys")
        writer = {"FIRN_PASSWORD": "another"}
        self.done("backup", self.tree, environment=writer)
        self.done("restore", "latest", "--target", self.path("refused"), code=1, environment=writer)
        self.done("forget", "latest")

    def step_forget(self):
        """forget by rules, prune, and space that comes back"""
        size = self.json("stats")
        self.done("forget", "--keep-last", "1", "--dry-run")
        self.done("forget", "--keep-last", "1", "--prune")
        standing = self.standing()
        self.snapshots = [(snapshot, tree) for snapshot, tree in self.snapshots if snapshot in standing]
        self.demand(len(self.snapshots) >= 1, "the newest snapshot did not stay")
        for _ in range(3):
            change(self.tree, self.random, share=0.5)
            with open(os.path.join(self.tree, "random"), "wb") as file:
                file.write(self.random.randbytes(3_000_000))
            self.back_up()
            self.done("forget", "--keep-last", "1", "--prune")
        self.done("prune", "--max-unused", "0")
        self.snapshots = self.snapshots[-1:]
        self.check()
        self.verify(*self.snapshots[0])
        self.demand(self.json("stats") is not None and size is not None, "stats says nothing")
        self.demand(self.done("intents", "--json").output is not None, "intents fails")

    def step_heal(self):
        """a damaged pack is found, and healed by its parity or by what the source has"""
        self.place.damage()
        self.done("check", "--read-data", code=13)
        self.done("check", "--read-data", "--repair")
        self.check()
        self.verify(*self.snapshots[-1])

    def step_repair(self):
        """the index is made again from the packs, and the cache from nothing"""
        self.done("repair", "index")
        subprocess.run(["rm", "-rf", self.path("cache")], check=True)
        self.check()
        self.done("repair", "packs")
        self.done("repair", "snapshots")
        self.verify(*self.snapshots[-1])

    def step_interrupt(self):
        """a backup that is interrupted, or killed, is run again"""
        with open(os.path.join(self.tree, "larger"), "wb") as file:
            file.write(self.random.randbytes(60_000_000))
        for number in (signal.SIGINT, signal.SIGKILL):
            process = self.firn.start("backup", "--limit-upload", "8M", self.tree)
            time.sleep(1.5)
            process.send_signal(number)
            process.communicate(timeout=60)
            due = 130 if number == signal.SIGINT else -signal.SIGKILL
            self.demand(process.returncode == due, f"a backup that got signal {number} ended with {process.returncode}")
        self.back_up()
        self.check()
        self.verify(*self.snapshots[-1])

    def step_together(self):
        """a backup, a check, a restore, a prune and a listing at the same time"""
        change(self.tree, self.random)
        expected = manifest(self.tree)
        running = [
            self.firn.start("backup", self.tree), self.firn.start("check", "--read-data"), self.firn.start("prune"),
            self.firn.start("snapshots"),
            self.firn.start("restore", f"{self.snapshots[-1][0]}:{self.tree}", "--target", self.path("beside")),
        ]
        for process in running:
            _, errors = process.communicate(timeout=120)
            self.demand(process.returncode == 0, f"{process.args[1:]} ended with {process.returncode}: {errors.decode()}")
        unlike = difference(self.snapshots[-1][1], manifest(self.path("beside")))
        self.demand(not unlike, f"what was restored beside others is different: {unlike}")
        self.snapshots.append((self.standing()[-1], expected))
        self.check()
        self.verify(*self.snapshots[-1])

    def step_copy(self):
        """copy from here and to here"""
        elsewhere = self.path("elsewhere")
        other = Firn(self.options.firn, elsewhere, self.path("cache"), environment=self._surroundings("state"))
        self.done("init", "--kdf-cost", "14", firn=other)
        password = self.path("password")
        with open(password, "w") as file:
            file.write(PASSWORD + "\n")
        self.done("copy", "--to", elsewhere, "--to-password-file", password)
        snapshot, expected = self.snapshots[-1]
        self.verify("latest", expected, firn=other)
        self.check(firn=other)
        change(self.tree, self.random)
        expected = manifest(self.tree)
        self.done("backup", self.tree, firn=other)
        self.done("copy", "--to", self.place.place, "--to-password-file", password, firn=other)
        self.verify("latest", expected)
        self.check()

    def step_schedule(self):
        """a job of a schedule"""
        password = self.path("password")
        state = ["--state-directory", self.path("jobs")]
        self.done("schedule", "install", "nightly", "--on", "daily 02:30", "--system", "systemd", "--unit-directory",
                  self.path("units"), *state, "--", "backup", "--password-file", password, self.tree)
        before = len(self.standing())
        self.done("schedule", "run", "nightly", *state)
        self.demand(len(self.standing()) == before + 1, "the job took no snapshot")
        self.done("schedule", "status", *state)
        self.check()
