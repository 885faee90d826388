"""Runs the built command as its users do."""

import json
import os
import subprocess

PASSWORD = "what the rigs use"


class Outcome:
    """How a command ended: its exit code (negative: the signal) and what it printed."""

    def __init__(self, arguments, code, output, errors):
        self.arguments, self.code, self.output, self.errors = arguments, code, output, errors

    def lines(self):
        """The JSON objects of a command that prints one a line."""
        return [json.loads(line) for line in self.output.splitlines()]

    def __str__(self):
        said = " | ".join(self.errors.decode(errors="replace").strip().splitlines()[-3:])
        return f"`firn {' '.join(self.arguments)}` ended with {self.code}: {said}"


class Firn:
    """A binary, a repository, and where this client keeps its cache. `prefix` is a command that runs the binary, and
    `environment` what it finds beside the usual."""

    def __init__(self, binary, repository, cache, prefix=(), environment=None):
        self.binary, self.repository, self.prefix = binary, repository, list(prefix)
        self.environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"), "FIRN_REPOSITORY": repository, "FIRN_CACHE_DIR": cache,
            "FIRN_PASSWORD": PASSWORD, "FIRN_PROGRESS_FPS": "0", "LC_ALL": "C.UTF-8",
        } | (environment or {})

    def start(self, *arguments, environment=None):
        return subprocess.Popen([*self.prefix, self.binary, *arguments], env=self.environment | (environment or {}),
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *arguments, seconds=120, environment=None):
        """The outcome of one command; TimeoutExpired, with the command killed, if it hangs."""
        process = self.start(*arguments, environment=environment)
        try:
            output, errors = process.communicate(timeout=seconds)
        except BaseException:
            process.kill()
            process.communicate()
            raise
        return Outcome(arguments, process.returncode, output, errors)
