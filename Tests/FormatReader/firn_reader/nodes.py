"""Nodes: the entries of a directory."""

from dataclasses import dataclass, field

from . import limits
from .content import Item, decode_items
from .decoding import U32, Decoder
from .errors import require

FILE, DIRECTORY, SYMLINK, FIFO, CHARACTER, BLOCK, SOCKET = 1, 2, 3, 4, 5, 6, 7
TYPE_NAMES = {
    FILE: "file",
    DIRECTORY: "directory",
    SYMLINK: "symlink",
    FIFO: "fifo",
    CHARACTER: "character device",
    BLOCK: "block device",
    SOCKET: "socket",
}

BIRTH_TIME, INODE_FLAGS, ATTRIBUTES, EXTENSIONS = 1, 2, 4, 8


@dataclass(frozen=True)
class Time:
    seconds: int
    nanoseconds: int

    @property
    def total(self) -> int:
        return self.seconds * 10**9 + self.nanoseconds


@dataclass(frozen=True)
class Node:
    name: bytes
    type: int
    mode: int
    uid: int
    gid: int
    size: int
    modified: Time
    changed: Time
    inode: int
    device: int
    links: int
    born: Time | None = None
    flags: int | None = None
    attributes: dict[bytes, bytes] = field(default_factory=dict)
    extensions: dict[int, bytes] = field(default_factory=dict)
    content: tuple[Item, ...] = ()
    tree: bytes | None = None
    target: bytes | None = None
    major: int = 0
    minor: int = 0

    @property
    def link_group(self) -> tuple[int, int] | None:
        """What hard links of each other share; nothing for directories and for files with one link."""
        return (self.device, self.inode) if self.type != DIRECTORY and self.links > 1 else None


def require_name(name: bytes, what: str) -> None:
    require(1 <= len(name) <= limits.NAME, what, f"has a name of {len(name)} bytes")
    fits = name not in (b".", b"..") and b"/" not in name and b"\0" not in name
    require(fits, what, f"has a name that is not allowed: {name!r}")


def decode_node(decoder: Decoder) -> Node:
    what = decoder.what
    name = decoder.bytes(limits.NAME)
    require_name(name, what)
    kind = decoder.u8()
    require(kind in TYPE_NAMES, what, f"has a node of unknown type {kind}")
    mode = decoder.varint(0o7777)
    uid, gid = decoder.varint(U32), decoder.varint(U32)
    size = decoder.varint()
    require(kind == FILE or size == 0, what, "has a size on a node that isn't a file")
    modified, changed = _time(decoder), _time(decoder)
    inode, device, links = decoder.varint(), decoder.varint(), decoder.varint()

    presence = decoder.varint()
    require(presence & ~15 == 0, what, f"has unknown presence bits {presence:#x}")
    born = _time(decoder) if presence & BIRTH_TIME else None
    flags = decoder.varint(U32) if presence & INODE_FLAGS else None
    attributes = _attributes(decoder) if presence & ATTRIBUTES else {}
    extensions = _extensions(decoder) if presence & EXTENSIONS else {}

    content: tuple[Item, ...] = ()
    tree = target = None
    major = minor = 0
    if kind == FILE:
        content = tuple(decode_items(decoder, decoder.count(1)))
        require(sum(item.length for item in content) == size, what, "has item lengths that don't add up to a size")
    elif kind == DIRECTORY:
        tree = decoder.id()
    elif kind == SYMLINK:
        target = decoder.bytes()
    elif kind in (CHARACTER, BLOCK):
        major, minor = decoder.varint(U32), decoder.varint(U32)
    return Node(
        name, kind, mode, uid, gid, size, modified, changed, inode, device, links,
        born, flags, attributes, extensions, content, tree, target, major, minor,
    )


def _time(decoder: Decoder) -> Time:
    return Time(decoder.svarint(), decoder.varint(10**9 - 1))


def _attributes(decoder: Decoder) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    last = None
    for _ in range(decoder.count(2)):
        name, value = decoder.bytes(), decoder.bytes()
        require(last is None or name > last, decoder.what, "has extended attributes out of order")
        found[name] = value
        last = name
    return found


def _extensions(decoder: Decoder) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    last = -1
    for _ in range(decoder.count(2)):
        tag, value = decoder.varint(), decoder.bytes()
        require(tag > last, decoder.what, "has extensions out of order")
        found[tag] = value
        last = tag
    return found
