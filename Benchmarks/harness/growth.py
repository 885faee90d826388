"""Synthetic repositories of some size: of very many chunks, of very many files; what commands take in them."""
import json
import os
import subprocess
import tempfile

from . import measuring, places

FILES_PER_DIRECTORY = 100


class Chunks:
    """A repository of so many chunks in few files, which Sources/scale writes."""

    unit = "chunks"
    has_look_ups = True
    steps = ["write", "index from nothing", "open", "prune --dry-run"]

    def __init__(self, firn, probe):
        self.firn = firn
        self.probe = probe

    def measure(self, count, work):
        repository, cache, ids = work / "repository", work / "repository-cache", work / "ids"
        environment = self.firn.environment(repository)
        samples = {"write": self.probed("fill", repository, work / "writer-cache", ids, count)}
        filling = self.probed("refresh", repository, cache)
        samples["index from nothing"] = filling | {"seconds": filling["refresh"]}
        opening = self.probed("refresh", repository, cache)
        samples["open"] = opening | {"seconds": opening["open"] + opening["refresh"]}
        looked = self.probed("look-up", repository, cache, ids)
        samples["prune --dry-run"] = measuring.run(self.firn.command("prune", "--dry-run"), environment, watch=True)
        return {
            "steps": samples, "hitMicroseconds": looked["hit"] * 1e6, "missMicroseconds": looked["miss"] * 1e6,
            "cacheBytesEach": places.size(cache) / count,
            "repositoryBytesEach": places.size(repository) / count}

    def probed(self, *words):
        """What was seen of the probe, and what it says of itself, which leaves out how it gets ready."""
        with tempfile.TemporaryFile() as output:
            sample = measuring.run([self.probe, *map(str, words)], {}, output, watch=True)
            output.seek(0)
            return sample | json.load(output)


class Files:
    """A tree of so many files of a few bytes each, on an ext4 that keeps those in the inodes."""

    unit = "files"
    has_look_ups = False
    steps = ["first backup", "backup, nothing changed", "ls", "prune --dry-run"]

    def __init__(self, firn):
        self.firn = firn

    def measure(self, count, work):
        environment = self.firn.environment(work / "repository")
        with places.fresh_file_system(work, 0, count + count // FILES_PER_DIRECTORY, ["-O", "inline_data"]) as tree:
            write_files(tree, count)
            os.sync()
            backup = self.firn.backup(str(tree), 1)
            measuring.run(self.firn.init(), environment)
            samples = {"first backup": measuring.run(backup, environment, watch=True)}
            # The first one was so shortly after the files were written that it can't vouch for all of them.
            measuring.run(backup, environment)
            samples["backup, nothing changed"] = measuring.run(backup, environment, watch=True)
        samples["ls"] = measuring.run(self.firn.list(1), environment, watch=True)
        samples["prune --dry-run"] = measuring.run(self.firn.command("prune", "--dry-run"), environment, watch=True)
        return {
            "steps": samples, "cacheBytesEach": places.size(work / "repository-cache") / count,
            "repositoryBytesEach": places.size(work / "repository") / count}


def write_files(tree, count):
    """A hundred files in a directory, a hundred directories in another."""
    for first in range(0, count, FILES_PER_DIRECTORY):
        outer, inner = divmod(first // FILES_PER_DIRECTORY, FILES_PER_DIRECTORY)
        directory = tree / f"{outer:05}" / f"{inner:02}"
        directory.mkdir(parents=True)
        place = os.open(directory, os.O_RDONLY)
        for number in range(first, min(count, first + FILES_PER_DIRECTORY)):
            file = os.open(f"{number}.txt", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644, dir_fd=place)
            os.write(file, b"%d\n" % number)
            os.close(file)
        os.close(place)


def build_probe(benchmarks):
    """Builds Sources/scale, and gives its path."""
    # Else files that are new in the package above are not noticed.
    (benchmarks / "Package.swift").touch()
    command = ["swift", "build", "-c", "release", "--package-path", str(benchmarks)]
    subprocess.run([*command, "--product", "scale"], check=True, stdout=2)
    where = subprocess.run([*command, "--show-bin-path"], check=True, capture_output=True, text=True)
    return f"{where.stdout.strip()}/scale"
