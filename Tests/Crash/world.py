"""A worker's directory with a repository, a cache and sources in it, and the command run on them."""

import json
import os
import shutil
import subprocess
import tempfile

from cheap_password import cheap_password_hash
from tracer import Outcome, Trace
import trees

PASSWORD = "secret"
VOLUME_SIZE = "32M"


class World:
    """`live/` holds the repository and the cache that commands work on; `states/` what scenarios begin with. The cache knows
    the repository by its place, so states are made in `live/` and copied back to it."""

    def __init__(self, firn, root, on_volume=False):
        """`on_volume`: the repository is an image of a device that has no file system."""
        self.firn = os.path.realpath(firn)
        self.on_volume = on_volume
        self.root = root
        self.live = f"{root}/live"
        self.repository = f"{self.live}/repository"
        self.cache = f"{self.live}/cache"
        self.restored = f"{root}/restored"
        self.scenario = ""
        # By scenario, what its command's placeholders stand for.
        self.names = {}
        os.makedirs(self.live)
        self.environment = {
            "FIRN_REPOSITORY": f"blockdev:{self.repository}" if on_volume else self.repository,
            "FIRN_CACHE_DIR": self.cache, "FIRN_PASSWORD": PASSWORD,
            "FIRN_PROGRESS_FPS": "0", "TZ": "UTC", "PATH": os.environ.get("PATH", ""), "HOME": root
        } | cheap_password_hash(root)

    def source(self, name):
        return f"{self.root}/sources/{name}"

    def save(self, name):
        os.makedirs(f"{self.root}/states", exist_ok=True)
        subprocess.run(["cp", "-a", "--sparse=always", self.live, f"{self.root}/states/{name}"], check=True)

    def load(self, name):
        self.scenario = name
        self.environment["FIRN_PASSWORD"] = PASSWORD
        self._remove(self.live)
        copy(f"{self.root}/states/{name}", self.live)

    def clear(self, name):
        self.scenario = name
        self.environment["FIRN_PASSWORD"] = PASSWORD
        self._remove(self.live)
        os.makedirs(self.live)
        if self.on_volume:
            subprocess.run(["truncate", "-s", VOLUME_SIZE, self.repository], check=True)
            self.must("volume", "format", self.repository)

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
        places = {"{root}": self.root, "{source}": self.source(self.scenario)} | self.names.get(self.scenario, {})
        for name, place in places.items():
            arguments = [argument.replace(name, place) for argument in arguments]
        return arguments

    def snapshots(self):
        """The ids of all snapshots, oldest first."""
        # Those that can be read are listed although others can't be.
        outcome = self.run("snapshots", "--json")
        if outcome.status not in (0, 13):
            raise RuntimeError(f"the list of snapshots ended with {outcome.status}: {outcome.told()}")
        return [snapshot["id"] for snapshot in json.loads(outcome.output)]

    def restore(self, snapshot, source):
        """The manifest of what the snapshot restores of a source; or a text why it does not."""
        self._remove(self.restored)
        outcome = self.run("restore", snapshot, "--target", self.restored, "--quiet")
        if outcome.status != 0:
            return f"restore of {snapshot[:8]} ended with {outcome.status}: {outcome.told()}"
        return trees.manifest(self.restored + source)

    def readable(self, snapshot, source, manifest):
        """The names of all entries that come back as they were, of a snapshot of which some may not."""
        self._remove(self.restored)
        self.run("restore", snapshot, "--target", self.restored, "--quiet")
        actual = trees.manifest(self.restored + source) if os.path.isdir(self.restored + source) else {}
        return {name for name, entry in manifest.items() if actual.get(name) == entry}

    @staticmethod
    def _remove(path):
        shutil.rmtree(path, ignore_errors=not os.path.lexists(path))

    @staticmethod
    def temporary_root():
        """In memory where there is room, for there everything is fast and nothing wears out."""
        place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        return tempfile.mkdtemp(prefix="firn-crash-", dir=place)


def copy(source, target):
    """Copies a state. Packs get a second name instead: nothing ever writes into one."""
    os.mkdir(target, os.stat(source).st_mode & 0o777)
    for entry in os.scandir(source):
        to = f"{target}/{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            copy(entry.path, to)
        elif "/packs/" in entry.path:
            os.link(entry.path, to)
        elif entry.name == "repository":
            # An image is mostly a hole.
            subprocess.run(["cp", "-p", "--sparse=always", entry.path, to], check=True)
        else:
            shutil.copy2(entry.path, to)


def lines(output):
    """The JSON lines of a command's output; a last one that was cut off is left out."""
    found = []
    for line in output.splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found
