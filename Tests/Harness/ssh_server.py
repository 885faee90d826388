"""OpenSSH's server on a free port of this machine, with keys of its own, for as long as a rig runs."""

import os
import signal
import socket
import subprocess
import time


class SSHServer:
    """`home` is the home of its users: with it, `ssh`, firn and restic log in as root on any port of 127.0.0.1.

    `client_options` and `server_options` are lines of the two configurations.
    """

    def __init__(self, directory, client_options=(), server_options=()):
        self.directory = directory
        self.home = os.path.join(directory, "home")
        os.makedirs(os.path.join(self.home, ".ssh"), mode=0o700)
        os.makedirs("/run/sshd", exist_ok=True)
        for name in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self._path(name)], check=True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._write("sshd_config", [
            *server_options, f"Port {self.port}", "ListenAddress 127.0.0.1", f"HostKey {self._path('host')}",
            f"AuthorizedKeysFile {self._path('user.pub')}", "StrictModes no", "UsePAM no", "PidFile none",
            "MaxStartups 1000", "PermitRootLogin yes", "PasswordAuthentication no", "Subsystem sftp internal-sftp"])
        with open(self._path("host.pub")) as file:
            key = " ".join(file.read().split()[:2])
        # The key is the host's on every port, for what stands in between.
        self._write("home/.ssh/known_hosts", [f"127.0.0.1 {key}"])
        self._write("home/.ssh/config", [
            "Host *", "  User root", f"  IdentityFile {self._path('user')}",
            f"  UserKnownHostsFile {self._path('home/.ssh/known_hosts')}", *(f"  {option}" for option in client_options)])
        self.process = None
        self.start()

    def _path(self, name):
        return os.path.join(self.directory, name)

    def _write(self, name, lines):
        with open(self._path(name), "w") as file:
            file.write("\n".join(lines) + "\n")

    def start(self):
        self.process = subprocess.Popen(
            ["/usr/sbin/sshd", "-D", "-f", self._path("sshd_config"), "-E", self._path("log")], stdin=subprocess.DEVNULL,
            # What ends a rig from a terminal ends its episodes first.
            start_new_session=True)
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError(f"sshd does not listen; its log is {self._path('log')}")

    def sessions(self):
        """The processes that serve connections, those that do the work last."""
        found, parents = [], [self.process.pid]
        while parents:
            parents = [child for parent in parents for child in _children(parent)]
            found += parents
        return found

    def kill(self):
        """Kills the listener and all that serve connections."""
        sessions = self.sessions()
        self.process.kill()
        self.process.wait()
        for session in sessions:
            kill(session)

    def close(self):
        if self.process.poll() is None:
            self.kill()


def kill(process):
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _children(process):
    try:
        with open(f"/proc/{process}/task/{process}/children") as file:
            return [int(word) for word in file.read().split()]
    except FileNotFoundError:
        return []
