"""The programs that are compared, and the words each of them wants for a piece of work."""
import copy
import os
import shutil
import subprocess


class Program:
    """A backup program: its command lines, as arguments."""

    speaks_sftp = True

    def __init__(self, name, path):
        self.name = name
        self.path = path
        self.options = []

    def over(self, server, port):
        """The same program, for which a repository's directory is reached through a port that leads to an SSH server."""
        other = copy.copy(self)
        other.reach(server, port)
        return other

    def version(self):
        done = subprocess.run([self.path, *self.version_words], capture_output=True, text=True, check=True)
        return done.stdout.splitlines()[0]

    def environment(self, repository):
        """What tells the program the repository, its password and a cache of its own."""
        return {name: value.format(repository=repository) for name, value in self.variables.items()}


class Firn(Program):
    version_words = ["version"]
    variables = {"FIRN_REPOSITORY": "{repository}", "FIRN_PASSWORD": "benchmark", "FIRN_CACHE_DIR": "{repository}-cache"}

    def reach(self, server, port):
        self.variables = self.variables | {
            "FIRN_REPOSITORY": f"sftp://127.0.0.1:{port}{{repository}}", "HOME": server.home}

    def command(self, *words):
        return [self.path, *words]

    def init(self):
        return self.command("init")

    def backup(self, source, number):
        return self.command("backup", source)

    def list(self, number):
        return self.command("ls", "latest")

    def restore(self, number, target):
        return self.command("restore", "latest", "--target", target)

    def check(self):
        return self.command("check", "--read-data")

    def forget(self):
        return self.command("forget", "--keep-last", "1", "--prune")


class Restic(Firn):
    """Firn's words for these are the same, so that whoever knows them need not learn others."""

    variables = {
        "RESTIC_REPOSITORY": "{repository}", "RESTIC_PASSWORD": "benchmark", "RESTIC_CACHE_DIR": "{repository}-cache"}

    def reach(self, server, port):
        self.variables = self.variables | {"RESTIC_REPOSITORY": "sftp:127.0.0.1:{repository}"}
        # OpenSSH's client takes the user's home from the system, not from HOME.
        self.options = ["-o", f"sftp.command=ssh -F {server.home}/.ssh/config -p {port} 127.0.0.1 -s sftp"]

    def command(self, *words):
        return [self.path, "-q", *self.options, *words]


class Borg(Program):
    # It needs itself on the server.
    speaks_sftp = False
    version_words = ["--version"]
    variables = {
        "BORG_REPO": "{repository}", "BORG_PASSPHRASE": "benchmark", "BORG_BASE_DIR": "{repository}-cache",
        "BORG_RELOCATED_REPO_ACCESS_IS_OK": "yes"}

    def init(self):
        return [self.path, "init", "-e", "repokey-blake2"]

    def backup(self, source, number):
        return [self.path, "create", "--compression", "zstd,3", f"::{number}", source]

    def list(self, number):
        return [self.path, "list", f"::{number}"]

    def restore(self, number, target):
        return ["sh", "-c", 'cd "$1" && exec "$2" extract "::$3"', "sh", target, self.path, str(number)]

    def check(self):
        return [self.path, "check", "--verify-data"]

    def forget(self):
        return ["sh", "-c", '"$1" prune --keep-last 1 && exec "$1" compact', "sh", self.path]


KINDS = {"firn": Firn, "restic": Restic, "borg": Borg}


def find(paths, complain):
    """Those of the programs that are there, by name; `paths` has a path or a command name for each."""
    found = {}
    for name, path in paths.items():
        place = shutil.which(path)
        if place:
            found[name] = KINDS[name](name, os.path.abspath(place))
        else:
            complain(f"{name} is left out: there is no {path}")
    return found
