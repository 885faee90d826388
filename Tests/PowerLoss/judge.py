"""Looks at a repository after the power came back, with the real command, and says what is wrong with it."""

import contextlib
import hashlib
import os
import shutil
import subprocess

from firn import Firn
from firn_reader.errors import Refused
from firn_reader.volume import Volume
from manifest import difference, manifest
from workload import OTHER_PASSWORD, backup


# What commands that were cut off leave behind.
LEFTOVERS = {"packUnreferenced", "parityMissing"}


class Claims:
    """What a repository owes at a moment of its recording."""

    def __init__(self, recording, position_of, position):
        """`position_of` gives the position of a moment at which the log had a length."""
        began = [position_of(step.began) for step in recording.steps]
        ended = [position_of(step.ended) for step in recording.steps]
        past = [step for step, end in zip(recording.steps, ended) if end <= position]
        begun = [step for step, begin in zip(recording.steps, began) if begin < position]
        self.is_made = any(step.verb == "init" for step in past)
        # Of those that one was being made of, either is there.
        self.exchanges = [(step.target, step.snapshot) for step in begun
                          if step.target and step.snapshot and step not in past]
        self.opens = self._opens(past, begun)
        self.trees = {step.snapshot: step.tree for step in recording.steps if step.snapshot}
        self.owed = {step.snapshot for step in past if step.snapshot} - {step.target for step in begun}
        self.gone = {step.target for step in past if step.target}
        # The client's cache is on another disk and was ahead of the repository when the power went.
        self.cache = min(len(past), len(recording.steps) - 1)

    @property
    def key(self):
        return self.is_made, sorted(self.owed), sorted(self.gone), self.exchanges, self.opens

    @staticmethod
    def _opens(past, begun):
        """Whether the other password opens the repository; None while that may be or not."""
        past, begun = ([step.verb for step in steps] for steps in (past, begun))
        if "key-remove" in past or "key-add" not in begun:
            return False
        return True if "key-add" in past and "key-remove" not in begun else None


def fingerprint(place):
    """A hash of all names and contents: what makes two repositories the same to the command."""
    digest = hashlib.blake2b()
    for directory, names, files in os.walk(place, onerror=_raise):
        names.sort()
        digest.update(f"{os.path.relpath(directory, place)!r} {sorted(files)!r}".encode())
        for name in sorted(files):
            with open(os.path.join(directory, name), "rb") as file:
                content = file.read()
            digest.update(len(content).to_bytes(8) + content)
    return digest.hexdigest()


def volume_fingerprint(image):
    """The same of a volume: of what stands on it, and not of what its free blocks happen to hold."""
    try:
        volume = Volume(image)
        held = [sorted((name, hashlib.sha256(volume.read(name)).digest()) for name in volume.objects)]
        held += [volume.blocks, volume.reserve, sorted(volume.staged.items()), sorted(volume.quarantine)]
    except Refused as refusal:
        held = [str(refusal)]
    return hashlib.blake2b(repr(held).encode()).hexdigest()


def _raise(error):
    raise error


class Problem(Exception):
    pass


class Judge:
    """`scratch` is a directory of this judge's own."""

    def __init__(self, binary, repository, recording, scratch, environment):
        self.recording, self.scratch = recording, scratch
        self.cache = os.path.join(scratch, "cache")
        self.firn = Firn(binary, repository, self.cache, environment=environment)
        self.now = manifest(recording.source)

    def problem(self, claims, is_cache_kept):
        """What is wrong, or None."""
        shutil.rmtree(self.cache, ignore_errors=True)
        if is_cache_kept:
            shutil.copytree(self.recording.path("caches", str(claims.cache)), self.cache)
        else:
            os.makedirs(self.cache)
        try:
            self._examine(claims)
        except Problem as problem:
            return str(problem)
        except subprocess.TimeoutExpired as hang:
            return f"it hangs: {' '.join(hang.cmd)}"
        return None

    def _examine(self, claims):
        listing = self.firn.run("snapshots", "--json")
        if listing.code and not claims.is_made:
            self._can_be_made_or_is_reported(listing)
            return
        self._require(listing)
        listed = {snapshot["id"] for snapshot in listing.lines()[0]}
        if lost := claims.owed - listed:
            raise Problem(f"acknowledged snapshots are lost: {', '.join(sorted(lost))}")
        if back := claims.gone & listed:
            raise Problem(f"forgotten snapshots are back: {', '.join(sorted(back))}")
        for pair in claims.exchanges:
            if listed.isdisjoint(pair):
                raise Problem(f"neither a snapshot nor what was made of it is there: {', '.join(pair)}")
        if claims.opens is not None:
            self._other_password(claims.opens)
        self._is_sound(LEFTOVERS)
        # The next backup refers to whatever the index says is stored, and must not be deceived.
        new = self._require(backup(self.firn, self.recording.source)).lines()[-1]["snapshot_id"]
        # A prune that was cut off is finished by the next; no process of before the power loss is alive.
        # It fences them off before it may touch what they stored; the one after it leaves nothing behind.
        prune = "prune", "--fence-after", "0s"
        self._require(self.firn.run(*prune))
        if self._is_sound(LEFTOVERS):
            self._require(self.firn.run(*prune))
            self._require(self.firn.run("check", "--repair"))
            self._is_sound()
        self._comes_back(new, self.now)
        # One that was not acknowledged may be there or not; if it is, it is whole.
        for snapshot in sorted(listed):
            if snapshot not in claims.trees:
                raise Problem(f"a snapshot that nobody took is listed: {snapshot}")
            self._comes_back(snapshot, claims.trees[snapshot])

    def _is_sound(self, leftovers=frozenset()):
        """Demands that all is well but for `leftovers`; returns those that there are."""
        check = self._require(self.firn.run("check", "--read-data", "--json"))
        findings = [line for line in check.lines() if line["message_type"] == "finding" and line["severity"] != "note"]
        for finding in findings:
            if finding["code"] not in leftovers:
                raise Problem(f"check finds {finding['code']}: {finding['message']}")
        return findings

    def _other_password(self, opens):
        code = self.firn.run("snapshots", environment={"FIRN_PASSWORD": OTHER_PASSWORD}).code
        if code != (0 if opens else 12):
            raise Problem(f"the other password should {'' if opens else 'not '}open it, and the exit code is {code}")

    def _comes_back(self, snapshot, tree):
        target = os.path.join(self.scratch, "restored")
        try:
            self._require(self.firn.run("restore", f"{snapshot}:{self.recording.source}", "--target", target))
            if text := difference(tree, manifest(target)):
                raise Problem(f"snapshot {snapshot} comes back otherwise: {text}")
        finally:
            shutil.rmtree(target, ignore_errors=True)

    def _can_be_made_or_is_reported(self, listing):
        """Nothing was acknowledged, not even the repository: it can be made now, or somebody is told what is there."""
        self._names_the_place(listing)
        made = self.firn.run("init", "--kdf-cost", "14")
        if made.code:
            self._names_the_place(made)
            return
        new = self._require(backup(self.firn, self.recording.source)).lines()[-1]["snapshot_id"]
        self._comes_back(new, self.now)

    def _names_the_place(self, outcome):
        if outcome.code < 0 or self.firn.repository.removeprefix("blockdev:").encode() not in outcome.errors:
            raise Problem(f"a half-made repository is not reported: {outcome}")

    def _require(self, outcome):
        if outcome.code:
            raise Problem(str(outcome))
        return outcome
