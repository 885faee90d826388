"""A repository behind a server that lies, and what each command makes of it. See Tests/Harness/lying_sftp.py."""

import os
import shutil
import subprocess

from episode import DONE, HOST, Episode, Wrong
from firn import Outcome
from lying_sftp import REQUESTS
from manifest import manifest
from trees import change, grow

LYING_SERVER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "Harness", "lying_sftp.py")

# The lie, and of what it is told. "" is everything, the look at the repository when it is opened too.
LIES = [
    *(("hide", area) for area in ("/snapshots", "/index", "/packs", "/keys", "/intents", "/tombstones", "")),
    *(("hide-first", area) for area in ("/snapshots", "/index", "/packs")),
    *(("strange-names", area) for area in ("", "/packs", "/tmp")),
    *(("endless-names", area) for area in ("/snapshots", "/packs", "/keys", "/index", "/tmp")),
    *(("oversized", area) for area in ("", "/packs", "/snapshots")),
    *(("nothing-for-ever", area) for area in ("", "/packs", "/index", "/snapshots")),
    *(("byte-by-byte", area) for area in ("/index", "/snapshots")),
    *(("other-bytes", area) for area in ("config", "/keys", "/index", "/packs", "/snapshots")),
    *(("end-of-file", area) for area in ("config", "/keys", "/index", "/packs", "/snapshots")),
    *(("huge-size", area) for area in ("", "/packs", "/tmp")),
    *(("absent", area) for area in ("config", "/keys", "/index", "/packs", "/snapshots", "/tmp")),
    *(("huge-handle", area) for area in ("", "/packs", "/tmp")),
    *(("wrong-id", area) for area in ("", "/packs", "/tmp")),
    *(("wrong-kind", area) for area in ("", "/index", "/tmp")),
    *(("reset", area) for area in ("", "/packs", "/snapshots", "/tmp")),
    *((lie, "") for lie in ("no-space-left", "endless-space")),
    *((lie, area) for lie in REQUESTS for area in ("", "/packs", "/index", "/snapshots", "/tmp")),
]
# In KiB; nothing that a server announces has room in it.
MEMORY = 400_000
HANGING = 60
PRUNE = ("prune", "--fence-after", "0s", "--max-unused", "0")
ESCAPE = b"\x1b"


class Lies(Episode):
    """One lie, and all commands under it."""

    def __init__(self, options, kind, number, environment):
        super().__init__(options, kind, number, environment, lambda directory: (
            f"ForceCommand exec python3 -B {LYING_SERVER} {directory}/lie",))
        # Connections that lies end come back with the same lie.
        self.firn.environment["FIRN_RECONNECT_FOR"] = "1s"
        self.lie, self.area = LIES[(number - 1) % len(LIES)]
        self.count = 1

    def tell(self, lie):
        """The server's next sessions tell this lie, or the truth with None."""
        with open(os.path.join(self.directory, "lie"), "w") as file:
            file.write("" if lie is None else f"{lie} /repository/{self.area.lstrip('/')}")

    def run(self):
        grow(self.source, self.random)
        self.tell(None)
        if (made := self.firn.run("init", "--kdf-cost", "14", "--pack-size", "1M")).code:
            raise Wrong(str(made))
        for _ in range(3):
            change(self.source, self.random)
            self.backup_truly()
        # Now this client has seen all snapshots.
        self.command_truly("snapshots")
        everything = self.everything()
        self.tell(self.lie)
        pruned = self.decent(*PRUNE)
        if self.withholds_snapshots() and pruned.code == DONE:
            raise Wrong(f"{self.lie} {self.area}: snapshots that this client knows are taken for forgotten: {pruned}")
        for options in ((), ("--no-cache",)):
            self.read(options)
        if (found := self.everything()) != everything:
            raise Wrong(f"something was written elsewhere: {found ^ everything}")
        for arguments in (("backup", "--host", HOST, self.source), PRUNE, ("repair", "index"),
                          ("backup", "--host", HOST, self.source)):
            # What was read meanwhile has made this client forget what is withheld.
            if not (arguments == PRUNE and self.withholds_snapshots()):
                self.decent(*arguments)
        if (found := self.everything()) != everything:
            raise Wrong(f"something was written elsewhere: {found ^ everything}")
        self.tell(None)
        for snapshot in self.ledger.owed():
            if self.lie not in REQUESTS:
                self._restore_locally(snapshot)
        # Whatever is lost, what is saved now is there.
        self.command_truly("prune", "--fence-after", "0s", codes=(0, 13))
        change(self.source, self.random)
        self.backup_truly()
        self._restore_locally(self.ledger.owed()[-1])

    def withholds_snapshots(self):
        """Whether the lie is one that can't be told from snapshots that were forgotten, but by a client that knows them."""
        return self.lie in ("hide", "hide-first", "absent") and self.area == "/snapshots"

    def everything(self):
        """All paths but those of the repository and of caches."""
        return {os.path.join(place, name) for place, directories, files in os.walk(self.directory) for name in directories + files
                if not any(f"/{part}" in place[len(self.directory):] + f"/{name}" for part in ("repository", "cache", "judge", "log"))}

    def read(self, options):
        target = os.path.join(self.directory, "lied")
        for arguments in (("snapshots",), ("ls", "latest"), ("check", "--read-data"), ("stats",), ("intents",),
                          ("restore", f"latest:{self.source}", "--target", target)):
            outcome = self.decent(*arguments, *options)
        # What a restore calls done was saved.
        if outcome.code == DONE:
            found = manifest(target)
            if not any(found in self.ledger.trees(snapshot, HOST) for snapshot in self.ledger.owed()):
                raise Wrong(f"restored is what was never saved: {outcome}")
        shutil.rmtree(target, ignore_errors=True)

    def decent(self, *arguments):
        """Runs a command, which may fail, but not hang, be killed, take memory or print what a server says as it is."""
        limited = ["sh", "-c", f'ulimit -d {MEMORY}; exec "$0" "$@"']
        process = subprocess.Popen([*limited, self.firn.binary, *arguments], env=self.firn.environment,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            output, errors = process.communicate(timeout=HANGING)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise Wrong(f"it hung for {HANGING} s: firn {' '.join(arguments)} ({self.lie} {self.area})") from None
        outcome = Outcome(arguments, process.returncode, output, errors)
        self.log.write(f"{self.lie} {self.area}: {outcome}\n")
        self.ledger.count(f"{arguments[0]}: {outcome.code}")
        if outcome.code not in (0, 1, 3, 10, 11, 12, 13, 14, 16):
            raise Wrong(f"{self.lie} {self.area}: {outcome}")
        if ESCAPE in output + errors:
            raise Wrong(f"{self.lie} {self.area}: what the server says is printed as it is: {outcome}")
        if outcome.code and not errors + output:
            raise Wrong(f"{self.lie} {self.area}: it does not say why: {outcome}")
        return outcome

    def command_truly(self, *arguments, codes=(0,)):
        outcome = self.firn.run(*arguments)
        self.log.write(f"truth: {outcome}\n")
        if outcome.code not in codes:
            raise Wrong(f"after {self.lie} {self.area}: {outcome}")
        return outcome

    def backup_truly(self):
        tree = manifest(self.source)
        self.ledger.begin(HOST, tree)
        outcome = self.command_truly("backup", "--json", "--host", HOST, self.source)
        self.ledger.acknowledge(HOST, outcome.lines()[-1]["snapshot_id"], tree)
