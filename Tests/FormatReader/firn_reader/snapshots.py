"""Snapshots and abort records, and the bodies of intents, tombstones and sweep records."""

import re
from dataclasses import dataclass
from typing import Any

from . import limits
from .errors import require
from .jsontext import decode_object, hex_member, member, texts
from .pathtext import path_bytes
from .records import ABORT, INTENT, SWEEP, TOMBSTONE

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
ROOT_KINDS = ("tree", "stream", "image")
COUNTS = ("files", "directories", "others", "bytes", "newChunks", "newBytes", "storedBytes", "errors")


@dataclass(frozen=True)
class Snapshot:
    id: str
    time: str
    host: str
    paths: list[bytes]
    roots: list[tuple[str, bytes]]  # kind and tree
    sequence: int
    pinned: bool
    replaces: list[bytes]  # SHA-256 of objects
    members: dict[str, Any]


def _decode_body(body: bytes, what: str) -> dict[str, Any]:
    """The members that every body has: a version and a time."""
    value = decode_object(body, what)
    require(member(value, "version", int, what) == 1, what, "has an unknown version")
    require(TIME.fullmatch(member(value, "time", str, what)) is not None, what, "has a time that isn't RFC 3339 in UTC")
    return value


def decode_snapshot(body: bytes, name: str) -> Snapshot:
    what = f"snapshots/{name}"
    value = _decode_body(body, what)
    require(hex_member(value, "id", 32, what) == name, what, "has an id that isn't its name")
    for text in ("host", "user", "job", "label", "program"):
        member(value, text, str, what)
    tags = texts(value, "tags", what)
    require(tags == sorted(tags), what, "has tags out of order")
    texts(value, "excludes", what)
    for optional, digits in (("parent", 32), ("previous", 64)):
        require(optional in value, what, f"lacks the member {optional}")
        if value[optional] is not None:
            hex_member(value, optional, digits, what)
    sequence = member(value, "sequence", int, what)
    require(sequence >= 1, what, "has sequence 0")
    statistics = member(value, "statistics", dict, what)
    for count in COUNTS:
        member(statistics, count, int, what)
    if statistics.get("changed") is not None:
        member(statistics, "changed", int, what)
    seconds = statistics.get("seconds")
    require(isinstance(seconds, (int, float)) and seconds >= 0, what, "has no number of seconds")
    paths = [path_bytes(path, what) for path in texts(value, "paths", what)]
    roots = _roots(value, what)
    if roots[0][0] == "tree":
        require(all(path.startswith(b"/") for path in paths), what, "has a path that isn't absolute")
    pinned = member(value, "pinned", bool, what) if value.get("pinned") is not None else False
    replaces = _replaces(value, what)
    return Snapshot(name, value["time"], value["host"], paths, roots, sequence, pinned, replaces, value)


def _replaces(value: dict[str, Any], what: str) -> list[bytes]:
    found = texts(value, "replaces", what) if value.get("replaces") is not None else []
    require(len(found) <= limits.REPLACED_SNAPSHOTS, what, "replaces more snapshots than the format allows")
    require(all(re.fullmatch("[0-9a-f]{64}", text) for text in found), what, "replaces something that isn't an object")
    return [bytes.fromhex(text) for text in found]


def _roots(value: dict[str, Any], what: str) -> list[tuple[str, bytes]]:
    found = []
    for root in member(value, "roots", list, what):
        require(isinstance(root, dict), what, "has a root that isn't an object")
        kind = member(root, "kind", str, what)
        require(kind in ROOT_KINDS, what, f"has a root of unknown kind {kind!r}")
        found.append((kind, bytes.fromhex(hex_member(root, "tree", 64, what))))
    require(bool(found), what, "has no roots")
    return found


def decode_small_record(kind: int, body: bytes, directory: str, name: str) -> dict[str, Any]:
    """The body of an abort record, intent, tombstone or sweep record."""
    what = f"{directory}/{name}"
    value = _decode_body(body, what)
    if kind in (ABORT, INTENT):
        require(hex_member(value, "id", 32, what) == name, what, "has an id that isn't its name")
    if kind == ABORT:
        member(value, "tombstone", int, what)
    if kind == INTENT:
        for text in ("task", "host", "user", "program"):
            member(value, text, str, what)
        member(value, "process", int, what)
    if kind in (TOMBSTONE, SWEEP):
        require(member(value, "number", int, what) == int(name, 16), what, "has a number that isn't its name")
        packs = texts(value, "packs", what)
        require(all(re.fullmatch("[0-9a-f]{64}", pack) for pack in packs), what, "names something that isn't a pack")
    return value

