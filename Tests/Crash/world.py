"""A worker's directory with a repository, a cache and sources in it, and the command run on them."""

import functools
import json
import os
import re
import shutil
import subprocess
import tempfile

from tracer import Outcome, Trace
import trees

PASSWORD = "secret"


class World:
    """`live/` holds the repository and the cache that commands work on; `states/` what scenarios begin with. The cache knows
    the repository by its place, so states are made in `live/` and copied back to it."""

    def __init__(self, firn, root):
        self.firn = os.path.realpath(firn)
        self.root = root
        self.live = f"{root}/live"
        self.repository = f"{self.live}/repository"
        self.cache = f"{self.live}/cache"
        self.restored = f"{root}/restored"
        self.scenario = ""
        os.makedirs(self.live)
        self.environment = {
            "FIRN_REPOSITORY": self.repository, "FIRN_CACHE_DIR": self.cache, "FIRN_PASSWORD": PASSWORD,
            "FIRN_PROGRESS_FPS": "0", "TZ": "UTC", "PATH": os.environ.get("PATH", ""), "HOME": root}
        if library := _cheap_password_hash(root):
            self.environment["LD_PRELOAD"] = library

    @functools.cached_property
    def verbs(self):
        """The commands that the binary has."""
        return set(re.findall(r"^  ([a-z]+) ", self.run("--help").output.decode(), re.MULTILINE))

    def source(self, name):
        return f"{self.root}/sources/{name}"

    def save(self, name):
        shutil.copytree(self.live, f"{self.root}/states/{name}", symlinks=True)

    def load(self, name):
        self.scenario = name
        self.environment["FIRN_PASSWORD"] = PASSWORD
        self._remove(self.live)
        subprocess.run(["cp", "-a", f"{self.root}/states/{name}", self.live], check=True)

    def clear(self, name):
        self.scenario = name
        self.environment["FIRN_PASSWORD"] = PASSWORD
        self._remove(self.live)
        os.makedirs(self.live)

    def remove_cache(self):
        self._remove(self.cache)

    def traced(self, arguments, plans=(), reads=False):
        """Runs the command and interferes as planned."""
        areas = [("repository", self.repository), ("cache", self.cache)]
        command = [self.firn, *self._expand(arguments)]
        return Trace(areas, list(plans), self.root, reads).run(command, self.environment)

    def run(self, *arguments, **environment):
        """Runs the command undisturbed."""
        done = subprocess.run(
            [self.firn, *self._expand(arguments)], env=self.environment | environment, stdin=subprocess.DEVNULL,
            capture_output=True, timeout=120)
        return Outcome(done.returncode, done.stdout, done.stderr)

    def must(self, *arguments):
        outcome = self.run(*arguments)
        if outcome.status != 0:
            raise RuntimeError(f"firn {' '.join(arguments)} ended with {outcome.status}: {outcome.told()}")
        return outcome

    def _expand(self, arguments):
        places = {"{root}": self.root, "{source}": self.source(self.scenario)}
        for name, place in places.items():
            arguments = [argument.replace(name, place) for argument in arguments]
        return arguments

    def snapshots(self):
        """The ids of all snapshots, oldest first."""
        return [snapshot["id"] for snapshot in json.loads(self.must("snapshots", "--json").output)]

    def restore(self, snapshot, source):
        """The manifest of what the snapshot restores of a source; or a text why it does not."""
        self._remove(self.restored)
        outcome = self.run("restore", snapshot, "--target", self.restored, "--quiet")
        if outcome.status != 0:
            return f"restore of {snapshot[:8]} ended with {outcome.status}: {outcome.told()}"
        return trees.manifest(self.restored + source)

    @staticmethod
    def _remove(path):
        subprocess.run(["rm", "-rf", path], check=True)

    @staticmethod
    def temporary_root():
        """In memory where there is room, for there everything is fast and nothing wears out."""
        place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        return tempfile.mkdtemp(prefix="firn-crash-", dir=place)


def _cheap_password_hash(root):
    """The library that makes opening cheap; None where there is no compiler, and all takes five times as long."""
    compiler = next(filter(None, map(shutil.which, ("cc", "clang", "gcc"))), None)
    if compiler is None:
        return None
    library = f"{root}/cheap_password_hash.so"
    source = os.path.join(os.path.dirname(os.path.realpath(__file__)), "cheap_password_hash.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


def lines(output):
    """The JSON lines of a command's output; a last one that was cut off is left out."""
    found = []
    for line in output.splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found
