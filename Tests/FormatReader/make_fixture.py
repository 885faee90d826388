#!/usr/bin/env python3
"""Writes a small repository that uses every part of the format, and the manifest of its newest snapshot.

make_fixture.py TARGET      makes TARGET/repository, TARGET/expected-<snapshot id>.json, and the password files

The manifests are made from the description of the tree below, not by reading the repository back.
"""

import hashlib
import json
import os
import sys
from dataclasses import dataclass, replace

from firn_reader.content import HOLE, ZEROS, Item
from firn_reader.directory import DATA_PACK, METADATA_PACK
from firn_reader.nodes import (
    BLOCK, CHARACTER, DIRECTORY, FIFO, FILE, SOCKET, SYMLINK, TYPE_NAMES, Node, Time,
)
from firn_reader.pathtext import path_text
from firn_reader.records import ABORT, INTENT, SNAPSHOT, SWEEP, TOMBSTONE
from firn_writer.objects import encode_json
from firn_writer.repository import Writer
from firn_writer.trees import encode_branch, encode_leaf

FULL_PASSWORD = b"a full password"
WRITE_PASSWORD = "ein Schreibschlüssel".encode()
SEED = b"firn python-made fixture 1"
USERS = {0: b"root", 1000: b"ada"}
GROUPS = {0: b"root", 1000: b"ada"}

Content = list[tuple]  # ("data", bytes) | ("hole", n) | ("zeros", n) | ("list", Content)


@dataclass
class Entry:
    """One thing of the described tree: metadata without name, and content or children."""

    node: Node
    content: Content | None = None
    children: dict[bytes, "Entry"] | None = None
    split: bool = False


class Tree:
    """Describes entries with metadata that differs from one to the next."""

    def __init__(self) -> None:
        self.inode = 100

    def node(self, kind: int, mode: int, **more) -> Node:
        self.inode += 1
        modified = Time(1_700_000_000 + self.inode, 123_456_000 + self.inode)
        changed = Time(1_700_000_500 + self.inode, 7)
        plain = Node(b"", kind, mode, 0, 0, 0, modified, changed, self.inode, (8 << 32) + 1, 1)
        return replace(plain, **more)

    def file(self, content: Content, mode: int = 0o644, **more) -> Entry:
        return Entry(self.node(FILE, mode, size=sum(measure(part) for part in content), **more), content=content)

    def directory(self, children: dict[bytes, Entry], split: bool = False, mode: int = 0o755, **more) -> Entry:
        links = 2 + sum(child.node.type == DIRECTORY for child in children.values())
        return Entry(self.node(DIRECTORY, mode, links=links, **more), children=children, split=split)


def measure(part: tuple) -> int:
    kind, value = part
    if kind == "list":
        return sum(measure(inner) for inner in value)
    return len(value) if kind == "data" else value


def noise(label: str, count: int) -> bytes:
    return hashlib.shake_256(label.encode()).digest(count)


def described() -> Entry:
    """The tree `/` of the first snapshot."""
    tree = Tree()
    text = b"The quick brown fox jumps over the lazy dog.\n" * 200
    linked = tree.file([("data", b"two names, one file\n")], links=2)
    inner = [("zeros", 8_192), ("data", b"tail of a list")]
    deep = [("data", noise("deep 1", 5_000)), ("hole", 70_000), ("list", inner)]
    many = {b"entry %04d" % n: tree.file([("data", b"number %d\n" % (n % 7))]) for n in range(40)}
    home = {
        b"small.txt": tree.file([("data", b"hello\n")], mode=0o600, uid=1000, gid=1000),
        b"same.txt": tree.file([("data", b"hello\n")]),
        b"empty": tree.file([]),
        b"several": tree.file([("data", text), ("data", noise("several", 20_000)), ("data", text)]),
        b"sparse": tree.file([("hole", 1 << 20), ("data", b"island"), ("zeros", 4_096), ("hole", 1 << 24)]),
        b"only hole": tree.file([("hole", 12_345)]),
        b"listed": tree.file([("list", [("data", b"first"), ("list", deep)]), ("data", b"last")]),
        b"link 1": linked,
        b"link 2": linked,
        b"symlink": Entry(tree.node(SYMLINK, 0o777, target=b"../\xff/nowhere")),
        b"fifo": Entry(tree.node(FIFO, 0o620)),
        b"socket": Entry(tree.node(SOCKET, 0o755)),
        b"null": Entry(tree.node(CHARACTER, 0o666, major=1, minor=3)),
        b"loop": Entry(tree.node(BLOCK, 0o660, major=7, minor=1_000)),
        b"set-uid": tree.file([("data", b"#!/bin/sh\n")], mode=0o6755),
        b"before 1970": tree.file([("data", b"old")], modified=Time(-2, 500_000_000), born=Time(-3, 1)),
        b"far future": tree.file([("data", b"new")], modified=Time(1 << 33, 999_999_999)),
        b"attributes": tree.file(
            [("data", b"attributes")], attributes={b"user.firn": b"\0\xff", b"user.empty": b""}, flags=0x40,
            extensions={7: b"unknown to all", 1 << 40: b""},
        ),
        "na\u00efve \u96ea".encode(): tree.file([("data", b"UTF-8")]),
        b"not UTF-8 \xff\xfe": tree.file([("data", b"bytes")]),
        b"back\\slash\n": tree.file([("data", b"odd")]),
        b"n" * 255: tree.file([("data", b"longest name")]),
        b"void": tree.directory({}),
        b"locked": tree.directory({b"inside": tree.file([("data", b"x")], mode=0)}, mode=0o500),
        b"many": tree.directory(many, split=True, mode=0o1777),
    }
    ada = tree.directory(home, uid=1000, gid=1000)
    return tree.directory({b"home": tree.directory({b"ada": ada})})


def changed(first: Entry) -> Entry:
    """The tree of the second snapshot: one file changed, one gone, one new; the rest is shared."""
    tree = Tree()
    tree.inode = 1_000
    home = first.children[b"home"]
    ada = home.children[b"ada"]
    children = dict(ada.children)
    del children[b"same.txt"]
    children[b"small.txt"] = tree.file([("data", b"hello again\n")])
    children[b"new file"] = tree.file([("data", noise("new", 9_000)), ("zeros", 100)])
    return Entry(
        first.node, children={b"home": Entry(home.node, children={b"ada": Entry(ada.node, children=children)})}
    )


def store_items(writer: Writer, content: Content) -> tuple[Item, ...]:
    items = []
    for kind, value in content:
        if kind == "data":
            items.append(writer.data(value))
        elif kind == "list":
            items.append(writer.content_list(list(store_items(writer, value))))
        else:
            items.append(Item(HOLE if kind == "hole" else ZEROS, value, None))
    return tuple(items)


def store_directory(writer: Writer, entry: Entry) -> bytes:
    nodes = []
    for name, child in sorted(entry.children.items()):
        node = replace(child.node, name=name)
        if child.content is not None:
            node = replace(node, content=store_items(writer, child.content))
        if child.children is not None:
            node = replace(node, tree=store_directory(writer, child))
        nodes.append(node)
    if not entry.split:
        return store_leaf(writer, nodes)
    # A branch of a leaf and a branch of two leaves, cut where it pleases: readers don't depend on the rule.
    leaves = [nodes[:10], nodes[10:11], nodes[11:]]
    children = [(leaf[0].name, store_leaf(writer, leaf)) for leaf in leaves]
    below = writer.tree(encode_branch(children[1:]))
    return writer.tree(encode_branch([children[0], (children[1][0], below)]))


def store_leaf(writer: Writer, nodes: list[Node]) -> bytes:
    users = {node.uid: USERS[node.uid] for node in nodes}
    groups = {node.gid: GROUPS[node.gid] for node in nodes}
    return writer.tree(encode_leaf(nodes, users, groups))


def expect(entry: Entry, path: bytes = b"") -> list[dict]:
    """What a reader has to find below a directory, in the form of firn_reader/manifest.py."""
    found = []
    for name, child in sorted(entry.children.items()):
        below = path + b"/" + name
        found.append(expect_node(child, below))
        if child.children is not None:
            found += expect(child, below)
    return found


def expect_node(entry: Entry, path: bytes) -> dict:
    node = entry.node
    out = {
        "path": path_text(path), "type": TYPE_NAMES[node.type], "mode": node.mode, "uid": node.uid, "gid": node.gid,
        "modified": [node.modified.seconds, node.modified.nanoseconds],
        "changed": [node.changed.seconds, node.changed.nanoseconds],
        "inode": node.inode, "device": node.device, "links": node.links,
    }
    if node.born:
        out["born"] = [node.born.seconds, node.born.nanoseconds]
    if node.flags is not None:
        out["flags"] = node.flags
    if node.attributes:
        out["attributes"] = {name.hex(): value.hex() for name, value in node.attributes.items()}
    if node.extensions:
        out["extensions"] = {str(tag): value.hex() for tag, value in node.extensions.items()}
    if node.type == FILE:
        out |= {"size": node.size, **expect_content(entry.content)}
    elif node.type == SYMLINK:
        out["target"] = path_text(node.target)
    elif node.type in (CHARACTER, BLOCK):
        out |= {"major": node.major, "minor": node.minor}
    return out


def expect_content(content: Content) -> dict:
    digest, offset = hashlib.sha256(), 0
    ranges: dict[str, list] = {"hole": [], "zeros": []}
    parts = list(content)
    while parts:
        kind, value = parts.pop(0)
        if kind == "list":
            parts = list(value) + parts
            continue
        if kind == "data":
            digest.update(value)
            offset += len(value)
            continue
        ranges[kind].append([offset, value])
        for start in range(0, value, 1 << 20):
            digest.update(bytes(min(1 << 20, value - start)))
        offset += value
    return {"sha256": digest.hexdigest(), "holes": ranges["hole"], "zeros": ranges["zeros"]}


def snapshot_body(name: str, tree: bytes, parent: str | None, previous: bytes | None, sequence: int) -> bytes:
    counts = ("files", "directories", "others", "bytes", "newChunks", "newBytes", "storedBytes", "errors")
    return encode_json({
        "version": 1, "id": name, "time": f"2026-11-22T20:{25 + sequence}:00.000000001Z", "host": "fixture",
        "user": "root", "job": "", "label": "python-made", "tags": ["a", "b"],
        "roots": [{"kind": "tree", "tree": tree.hex()}],
        "paths": ["/home/ada"], "excludes": ["*.tmp"], "parent": parent, "program": "make_fixture 1",
        "sequence": sequence, "previous": previous.hex() if previous else None,
        "statistics": {**dict.fromkeys(counts, 0), "seconds": 0}, "a later member": [1],
    })


def build() -> tuple[Writer, dict[str, list[dict]]]:
    """The repository, and what its snapshots hold by snapshot id."""
    writer = Writer(SEED)
    writer.slots(FULL_PASSWORD, WRITE_PASSWORD)
    first, second, fenced, pruning = (writer.draw(16).hex() for _ in range(4))

    before = described()
    tree = store_directory(writer, before)
    data_pack = writer.pack(DATA_PACK, chunks_per_frame=4)
    writer.segment(first)
    writer.pack(METADATA_PACK, chunks_per_frame=3)
    writer.segment(first, again=(data_pack,))
    previous = writer.record("snapshots", SNAPSHOT, first, snapshot_body(first, tree, None, None, 1))

    after = changed(before)
    tree = store_directory(writer, after)
    writer.pack(DATA_PACK, chunks_per_frame=4)
    writer.pack(METADATA_PACK, chunks_per_frame=3)
    writer.segment(second)
    writer.record("snapshots", SNAPSHOT, second, snapshot_body(second, tree, first, previous, 2), codec=0)

    prune(writer, fenced, pruning)
    return writer, {first: expect(before), second: expect(after)}


def prune(writer: Writer, fenced: str, pruning: str) -> None:
    """What the first prune left for ever or until the next: a session that it fenced off, its sweep record. And what
    the second one, which was cut off, left for the next to finish."""
    writer.data(b"stored by a session that was fenced off\n")
    orphaned = writer.pack(DATA_PACK, chunks_per_frame=1)
    writer.segment(fenced)
    abort = {"version": 1, "id": fenced, "time": "2026-11-22T20:30:00Z", "tombstone": 1}
    writer.record("snapshots", ABORT, fenced, encode_json(abort), codec=0)
    writer.segment(fenced)
    removed = {"version": 1, "number": 1, "time": "2026-11-22T20:30:01Z", "packs": [noise("removed", 32).hex()]}
    writer.record("sweeps", SWEEP, f"{1:016x}", encode_json(removed))

    intent = {
        "version": 1, "id": pruning, "task": "prune", "time": "2026-11-23T20:30:00Z", "host": "fixture",
        "user": "root", "process": 4711, "program": "make_fixture 1",
    }
    writer.record("intents", INTENT, pruning, encode_json(intent))
    condemned = {"version": 1, "number": 2, "time": "2026-11-23T20:30:02Z", "packs": [orphaned.hex()]}
    writer.record("tombstones", TOMBSTONE, f"{2:016x}", encode_json(condemned))


def main(target: str) -> None:
    writer, expected = build()
    writer.save(os.path.join(target, "repository"))
    for snapshot, manifest in expected.items():
        with open(os.path.join(target, f"expected-{snapshot}.json"), "x", encoding="utf-8") as file:
            json.dump(manifest, file, ensure_ascii=False, indent=1)
    for name, password in (("full", FULL_PASSWORD), ("write", WRITE_PASSWORD)):
        with open(os.path.join(target, f"password-{name}"), "xb") as file:
            file.write(password + b"\n")


if __name__ == "__main__":
    main(sys.argv[1])
