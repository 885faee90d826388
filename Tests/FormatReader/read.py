#!/usr/bin/env python3
"""Reads a Firn repository without any of Firn's own code.

read.py REPO --password-file F snapshots
read.py REPO --password-file F restore SNAPSHOT TARGET     SNAPSHOT is a prefix of an id, or `latest`
read.py REPO --password-file F manifest SNAPSHOT           the tree as JSON
read.py REPO --password-file F check
read.py vectors                                            the test vectors of FORMAT.md

REPO is a directory, or blockdev:DEVICE for a volume on a block device or in an image of one.
"""

import argparse
import contextlib
import json
import sys
import tempfile
from collections.abc import Iterator

from firn_reader.check import check
from firn_reader.errors import Refused
from firn_reader.manifest import manifest
from firn_reader.repository import Repository, open_repository
from firn_reader.restore import restore
from firn_reader.volume import Volume


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Reads a Firn repository from its format's description alone.")
    parser.add_argument("repository")
    parser.add_argument("--password-file", required=True)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("snapshots", help="list the snapshots")
    verbs.add_parser("check", help="verify everything")
    verbs.add_parser("manifest", help="print a snapshot's tree as JSON").add_argument("snapshot")
    restoring = verbs.add_parser("restore", help="restore a snapshot into an empty directory")
    restoring.add_argument("snapshot")
    restoring.add_argument("target")
    return parser.parse_args(arguments)


def read_password(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read().removesuffix(b"\n")


def run(repository: Repository, options: argparse.Namespace) -> int:
    if options.verb == "snapshots":
        for snapshot in repository.snapshots():
            print(json.dumps(snapshot.members, ensure_ascii=False, sort_keys=True))
        return 0
    if options.verb == "check":
        report = check(repository)
        for notice in report.notices:
            print(f"notice: {notice}")
        for problem in report.problems:
            print(f"problem: {problem}")
        print(f"{report.packs} packs, {report.chunks} chunks, {report.snapshots} snapshots, {report.nodes} nodes, {report.fenced} fenced sessions")
        return 1 if report.problems else 0
    snapshot = repository.find_snapshot(options.snapshot)
    if len(snapshot.roots) != 1:
        raise Refused(f"snapshot {snapshot.id}", "has several roots")
    root = snapshot.roots[0][1]
    if options.verb == "manifest":
        print(json.dumps(manifest(repository, root), ensure_ascii=False, indent=1))
        return 0
    for notice in restore(repository, root, options.target):
        print(f"notice: {notice}", file=sys.stderr)
    return 0


@contextlib.contextmanager
def directory_of(place: str) -> Iterator[str]:
    """The repository's directory; of one on a volume, what stands there is written to one."""
    if not place.startswith("blockdev:"):
        yield place
        return
    with tempfile.TemporaryDirectory() as directory:
        Volume(place.removeprefix("blockdev:")).extract(directory)
        yield directory


def main() -> int:
    if sys.argv[1:] == ["vectors"]:
        from vectors import vectors

        print(vectors(), end="")
        return 0
    options = parse(sys.argv[1:])
    try:
        with directory_of(options.repository) as directory:
            return run(open_repository(directory, read_password(options.password_file)), options)
    except (Refused, OSError) as error:
        print(f"refused: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
