"""Repositories on a volume, in an image file: what is written to them, in words, and damage to what they hold.

An object on a volume is spoken of as if it lay in the image: `IMAGE/packs/NAME`. So it fits whatever is said of paths.
"""

import hashlib
import os

from firn_reader.errors import Refused
from firn_reader.volume import AREAS, BLOCK, HEADER, RECORD_MAGIC, SUPERBLOCK_MAGIC, Volume, decode_changes

# Enough to tell a record by.
MOST_WORDS = 400


def described(data):
    """What a write to a volume is about: `put/packs/NAME`, `unstage/ID+put/…`, `superblock` or `data`."""
    if data.startswith(SUPERBLOCK_MAGIC):
        return "superblock"
    if not data.startswith(RECORD_MAGIC) or len(data) < HEADER.size:
        return "data"
    *_, length, count, _, _ = HEADER.unpack_from(data)
    try:
        changes = decode_changes(data[HEADER.size:HEADER.size + length], count)
    except (Refused, ValueError):
        return "data"
    return "+".join(f"{kind}/{_text(fields[0])}" for kind, *fields in changes)[:MOST_WORDS]


def has_last(image, data):
    """Whether a write is the record that the log ends with already, in one of its copies."""
    try:
        return digest(data) is not None and digest(data) == Volume(image).digest
    except Refused:
        return False


def digest(data):
    """Of the record that a write to a volume is; None if it is none."""
    return HEADER.unpack_from(data)[-1] if data.startswith(RECORD_MAGIC) and len(data) >= HEADER.size else None


def held_at(image, offset):
    """What a byte of the image belongs to."""
    volume = Volume(image)
    for name, (_, extents) in volume.objects.items():
        if any(start * BLOCK <= offset < (start + count) * BLOCK for start, count in extents):
            return name
    return "log"


def split(path):
    """The image and the name of an object on a volume; None for a path in a directory."""
    image = path
    while image != "/":
        image = os.path.dirname(image)
        if os.path.isfile(image):
            return image, path[len(image) + 1:]
    return None


def names(image, area):
    """The objects of an area, as paths."""
    try:
        return [f"{image}/{name}" for name in Volume(image).objects if name.split("/")[0] == area]
    except Refused:
        return []


def size(image, name):
    return Volume(image).objects[name][0]


def change(image, name, offset, count, by):
    """Changes bytes of an object in place; those that lie together only."""
    length, extents = Volume(image).objects[name]
    place = offset if offset >= 0 else length + offset
    with open(image, "r+b") as file:
        for start, blocks in extents:
            if place < blocks * BLOCK:
                file.seek(start * BLOCK + place)
                content = file.read(count)
                file.seek(start * BLOCK + place)
                file.write(bytes(map(by, content)))
                return
            place -= blocks * BLOCK


def cut(image, name, count):
    """Takes bytes off the end of an object."""
    length, extents = Volume(image).objects[name]
    blocks, kept = -(-(length - count) // BLOCK), []
    for start, there in extents:
        if blocks > 0:
            kept.append((start, min(there, blocks)))
        blocks -= there
    _append(image, b"\x04" + _name(name), b"\x03" + _name(name) + (length - count).to_bytes(8, "little") + _extents(kept))


def remove(image, name):
    _append(image, b"\x04" + _name(name))


def _append(image, *changes):
    """Writes a record to both copies of the log."""
    volume = Volume(image)
    payload = b"".join(changes)
    head = HEADER.pack(RECORD_MAGIC, volume.superblock.log, volume.sequence, len(payload), len(changes), volume.digest, b"")
    record = head[:-32] + hashlib.sha256(head[:-32] + payload).digest() + payload
    with open(image, "r+b") as file:
        for start, blocks in volume.superblock.copies:
            assert volume.used_blocks < blocks, "the log is full"
            file.seek((start + volume.used_blocks) * BLOCK)
            file.write(record.ljust(-(-len(record) // BLOCK) * BLOCK, b"\0"))


def _name(name):
    area, _, text = name.partition("/")
    text = text or area
    return bytes((AREAS.index(area), len(text))) + text.encode()


def _extents(extents):
    return len(extents).to_bytes(2, "little") + b"".join(n.to_bytes(8, "little") for extent in extents for n in extent)


def _text(value):
    return value.hex() if isinstance(value, bytes) else str(value)
