"""The same work on a repository behind an SFTP server on this machine, over links of several kinds."""
import dataclasses
import pathlib
import shutil
import sys

sys.path.append(str(pathlib.Path(__file__).parents[2] / "Tests" / "Harness"))
from network import Link  # noqa: E402
from ssh_server import SSHServer  # noqa: E402

from . import work  # noqa: E402


@dataclasses.dataclass
class Condition:
    """A link: seconds one way, bytes a second each way."""

    name: str
    delay: float = 0
    rate: float | None = None


CONDITIONS = [
    Condition("sftp, 0 ms"), Condition("sftp, 10 ms", 0.010), Condition("sftp, 50 ms", 0.050),
    Condition("sftp, 100 Mbit/s", 0, 100e6 / 8)]
STEPS = [
    work.Step("first backup", work.backup, "only"), work.Step("backup, nothing changed", work.backup, "only"),
    work.Step("restore", work.restore, "only")]


def run(programs, tree, place, options):
    """The samples of all rounds, by step and program; over a limited link also which part of it was used, in each step that
    moves much."""
    programs = {name: program for name, program in programs.items() if program.speaks_sftp}
    names = list(programs)
    samples = {}
    server = SSHServer(str(place / "server"))
    try:
        for number in range(options.rounds):
            first = number % len(names)
            for condition in CONDITIONS:
                one_round(condition, programs, names[first:] + names[:first], server, tree, place, number == 0, samples)
    finally:
        server.close()
    return samples


def one_round(condition, programs, order, server, tree, place, is_first, samples):
    link = Link(server.port, condition.delay, condition.rate)
    scene = work.Scene({"only": tree}, place, is_first)
    stores = {}
    try:
        for name in order:
            (place / name).mkdir()
            stores[name] = work.Store(programs[name].over(server, link.port), place / name)
        for step in STEPS:
            for name in order:
                before = link.up.moved + link.down.moved
                sample = step.action(scene, stores[name], step.version)
                row = f"{condition.name}: {step.name}"
                samples.setdefault(row, {other: [] for other in programs})[name].append(sample)
                if condition.rate and step.name != "backup, nothing changed":
                    moved = link.up.moved + link.down.moved - before
                    share = {"share": moved / condition.rate / sample["seconds"]}
                    samples.setdefault(f"{row}, use of the link", {other: [] for other in programs})[name].append(share)
    finally:
        link.close()
        for name in stores:
            shutil.rmtree(place / name)
