"""A snapshot's tree as plain data, to be compared with another reader's view of it."""

import hashlib
from typing import Any

from .chunks import DATA
from .content import HOLE, ZEROS, ChunkSource, flatten
from .nodes import BLOCK, CHARACTER, FILE, SYMLINK, TYPE_NAMES, Node, Time
from .pathtext import path_text
from .trees import walk


def manifest(source: ChunkSource, root: bytes) -> list[dict[str, Any]]:
    """One object per node, in the order of a walk. Byte strings are hex, paths are path text, times [s, ns]."""
    return [_entry(source, b"/" + b"/".join(names), node) for names, node in walk(source, root)]


def _entry(source: ChunkSource, path: bytes, node: Node) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "path": path_text(path),
        "type": TYPE_NAMES[node.type],
        "mode": node.mode,
        "uid": node.uid,
        "gid": node.gid,
        "modified": _time(node.modified),
        "changed": _time(node.changed),
        "inode": node.inode,
        "device": node.device,
        "links": node.links,
    }
    if node.born is not None:
        entry["born"] = _time(node.born)
    if node.flags is not None:
        entry["flags"] = node.flags
    if node.attributes:
        entry["attributes"] = {name.hex(): value.hex() for name, value in node.attributes.items()}
    if node.extensions:
        entry["extensions"] = {str(tag): value.hex() for tag, value in node.extensions.items()}
    if node.type == FILE:
        entry |= {"size": node.size, **_content(source, node, path)}
    elif node.type == SYMLINK:
        entry["target"] = path_text(node.target)
    elif node.type in (CHARACTER, BLOCK):
        entry |= {"major": node.major, "minor": node.minor}
    return entry


def _time(time: Time) -> list[int]:
    return [time.seconds, time.nanoseconds]


def _content(source: ChunkSource, node: Node, path: bytes) -> dict[str, Any]:
    """The content's SHA-256, and the items that take no chunk as [offset, length]."""
    digest = hashlib.sha256()
    holes, zeros, offset = [], [], 0
    for item in flatten(source, list(node.content), node.size, f"file {path!r}"):
        if item.kind in (HOLE, ZEROS):
            (holes if item.kind == HOLE else zeros).append([offset, item.length])
            left = item.length
            while left:
                step = min(left, 1 << 20)
                digest.update(bytes(step))
                left -= step
        else:
            digest.update(source.chunk(item.id, DATA, item.length))
        offset += item.length
    return {"sha256": digest.hexdigest(), "holes": holes, "zeros": zeros}
