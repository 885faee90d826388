"""Encoding of nodes, content items and tree objects."""

from firn_reader.content import Item
from firn_reader.nodes import (
    ATTRIBUTES, BIRTH_TIME, BLOCK, CHARACTER, DIRECTORY, EXTENSIONS, FILE, INODE_FLAGS, SYMLINK, Node, Time,
)

from .encoding import counted, svarint, varint


def encode_items(items: list[Item] | tuple[Item, ...]) -> bytes:
    return b"".join(varint(item.length << 2 | item.kind) + (item.id or b"") for item in items)


def encode_list(items: list[Item]) -> bytes:
    return b"\x01" + varint(len(items)) + encode_items(items)


def encode_time(time: Time) -> bytes:
    return svarint(time.seconds) + varint(time.nanoseconds)


def encode_node(node: Node) -> bytes:
    out = counted(node.name) + bytes([node.type])
    out += b"".join(varint(number) for number in (node.mode, node.uid, node.gid, node.size))
    out += encode_time(node.modified) + encode_time(node.changed)
    out += b"".join(varint(number) for number in (node.inode, node.device, node.links))
    out += _optional(node)
    if node.type == FILE:
        out += varint(len(node.content)) + encode_items(node.content)
    elif node.type == DIRECTORY:
        out += node.tree
    elif node.type == SYMLINK:
        out += counted(node.target)
    elif node.type in (CHARACTER, BLOCK):
        out += varint(node.major) + varint(node.minor)
    return out


def _optional(node: Node) -> bytes:
    presence, out = 0, b""
    if node.born is not None:
        presence |= BIRTH_TIME
        out += encode_time(node.born)
    if node.flags is not None:
        presence |= INODE_FLAGS
        out += varint(node.flags)
    if node.attributes:
        presence |= ATTRIBUTES
        out += varint(len(node.attributes))
        out += b"".join(counted(name) + counted(value) for name, value in sorted(node.attributes.items()))
    if node.extensions:
        presence |= EXTENSIONS
        out += varint(len(node.extensions))
        out += b"".join(varint(tag) + counted(value) for tag, value in sorted(node.extensions.items()))
    return varint(presence) + out


def encode_leaf(nodes: list[Node], users: dict[int, bytes], groups: dict[int, bytes]) -> bytes:
    out = b"\x01\x00"
    for table in (users, groups):
        out += varint(len(table)) + b"".join(varint(n) + counted(name) for n, name in sorted(table.items()))
    ordered = sorted(nodes, key=lambda node: node.name)
    return out + varint(len(ordered)) + b"".join(encode_node(node) for node in ordered)


def encode_branch(children: list[tuple[bytes, bytes]]) -> bytes:
    return b"\x01\x01" + varint(len(children)) + b"".join(counted(name) + tree for name, tree in children)
