"""A volume: what a repository on a block device lies in instead of a file system (FORMAT.md, *Volumes*)."""

import hashlib
import os
import struct
from dataclasses import dataclass, field

from .errors import Refused, require

BLOCK = 4096
SECOND_SUPERBLOCK = 2047
SUPERBLOCKS = (0, SECOND_SUPERBLOCK * BLOCK)
SUPERBLOCK_MAGIC = b"firn volume\0\0\0\0\0"
RECORD_MAGIC = b"firn-log"
FIRST_BLOCK = 256
MOST_PAYLOAD = 32 << 10
HEADER = struct.Struct("<8s16sQII32s32s")
AREAS = ("config", "keys", "packs", "index", "snapshots", "intents", "tombstones", "sweeps", "parity")

Extents = tuple[tuple[int, int], ...]  # first block, how many


class Fields:
    """Takes little-endian fields off bytes."""

    def __init__(self, data: bytes, what: str):
        self.data, self.what, self.place = data, what, 0

    def take(self, count: int) -> bytes:
        require(self.place + count <= len(self.data), self.what, "ends too early")
        self.place += count
        return self.data[self.place - count:self.place]

    def number(self, size: int, signed: bool = False) -> int:
        return int.from_bytes(self.take(size), "little", signed=signed)

    def extents(self) -> Extents:
        found = tuple((self.number(8), self.number(8)) for _ in range(self.number(2)))
        require(all(count > 0 for _, count in found), self.what, "has an empty extent")
        return found

    def name(self) -> str:
        area, text = self.number(1), self.take(self.number(1))
        require(area < len(AREAS), self.what, "names an unknown area")
        return AREAS[area] if area == 0 else f"{AREAS[area]}/{text.decode('ascii')}"

    @property
    def is_at_end(self) -> bool:
        return self.place == len(self.data)


@dataclass
class Superblock:
    generation: int
    uuid: bytes
    created: int
    blocks: int
    log: bytes
    first_records: int
    copies: Extents
    spares: Extents
    label: str


def decode_superblock(block: bytes) -> Superblock | None:
    """What a superblock says; nothing if it is none, or damaged."""
    if block[:16] != SUPERBLOCK_MAGIC or hashlib.sha256(block[:-32]).digest() != block[-32:]:
        return None
    fields = Fields(block[16:-32], "superblock")
    require(fields.number(4) == 1, "superblock", "is of an unknown version")
    require(fields.number(4) == BLOCK, "superblock", "has another block size")
    found = Superblock(
        fields.number(8), fields.take(16), fields.number(8, signed=True), fields.number(8), fields.take(16),
        fields.number(8), fields.extents(), fields.extents(), fields.take(fields.number(2)).decode())
    require(len(found.copies) == 2 and len(found.spares) == 2, "superblock", "has not two logs and two spares")
    return found


def decode_changes(payload: bytes, count: int) -> list[tuple]:
    """The changes of a record, each as its kind and its fields."""
    fields = Fields(payload, "log")
    found: list[tuple] = []
    for _ in range(count):
        match kind := fields.number(1):
            case 1: found.append(("resize", fields.number(8)))
            case 2: found.append(("reserve", fields.number(8)))
            case 3: found.append(("put", fields.name(), fields.number(8), fields.extents()))
            case 4: found.append(("remove", fields.name()))
            case 5: found.append(("keep", fields.name(), fields.number(4), fields.number(8), fields.extents()))
            case 6: found.append(("stage", fields.take(16), fields.number(8, signed=True), fields.extents()))
            case 7: found.append(("unstage", fields.take(16)))
            case 8: found.append(("abandon", fields.take(16)))
            case _: raise Refused("log", f"has an unknown change {kind}")
    require(fields.is_at_end, "log", "has a record with more than its changes")
    return found


@dataclass
class Volume:
    """All that stands on a volume, by the newest superblock and the log."""

    path: str
    superblock: Superblock = field(init=False)
    blocks: int = 0
    reserve: int = 0
    objects: dict[str, tuple[int, Extents]] = field(default_factory=dict)
    quarantine: dict[tuple[str, int], tuple[int, Extents]] = field(default_factory=dict)
    staged: dict[bytes, Extents] = field(default_factory=dict)
    # Where the log goes on: how many records there are, the digest of the last, its blocks.
    sequence: int = 0
    digest: bytes = bytes(32)
    used_blocks: int = 0

    def __post_init__(self) -> None:
        with open(self.path, "rb") as self.file:
            slots = [decode_superblock(self._bytes(offset, BLOCK)) for offset in SUPERBLOCKS]
            sound = [slot for slot in slots if slot]
            require(bool(sound), self.path, "has no superblock")
            self.superblock = max(sound, key=lambda slot: slot.generation)
            while changes := self._next():
                for change in changes:
                    self._apply(*change)
        require(self.sequence >= self.superblock.first_records, self.path, "has lost what its log began with")
        self._no_block_twice()

    def _bytes(self, offset: int, count: int) -> bytes:
        self.file.seek(offset)
        return self.file.read(count).ljust(count, b"\0")

    def _next(self) -> list[tuple] | None:
        """The next record's changes, from the first copy that has it."""
        for start, count in self.superblock.copies:
            if self.used_blocks >= count:
                continue
            data = self._bytes((start + self.used_blocks) * BLOCK, HEADER.size + MOST_PAYLOAD)
            magic, log, sequence, length, changes, previous, digest = HEADER.unpack_from(data)
            payload = data[HEADER.size:HEADER.size + length]
            if (magic, log, sequence, previous) != (RECORD_MAGIC, self.superblock.log, self.sequence, self.digest):
                continue
            if length > MOST_PAYLOAD or hashlib.sha256(data[:HEADER.size - 32] + payload).digest() != digest:
                continue
            self.sequence, self.digest = sequence + 1, digest
            self.used_blocks += -(-(HEADER.size + length) // BLOCK)
            return decode_changes(payload, changes)
        return None

    def _apply(self, kind: str, *fields) -> None:
        match kind:
            case "resize": self.blocks = fields[0]
            case "reserve": self.reserve = fields[0]
            case "put":
                require(fields[0] not in self.objects, fields[0], "is put where it is already")
                self.objects[fields[0]] = fields[1:]
            case "remove": del self.objects[fields[0]]
            case "keep": self.quarantine[fields[:2]] = fields[2:]
            case "stage": self.staged[fields[0]] = fields[2]
            case "unstage": del self.staged[fields[0]]

    def _no_block_twice(self) -> None:
        used = [(SECOND_SUPERBLOCK, 1), *self.superblock.copies, *self.superblock.spares]
        for length, extents in [*self.objects.values(), *self.quarantine.values()]:
            require(sum(count for _, count in extents) == -(-length // BLOCK), self.path, "has an object of odd extents")
            used += extents
        for extents in self.staged.values():
            used += extents
        end = FIRST_BLOCK
        for start, count in sorted(used):
            require(start >= end, self.path, "uses a block twice, or one that no extent has")
            end = start + count
        require(end <= self.blocks, self.path, "uses blocks behind its end")

    def read(self, name: str) -> bytes:
        """The bytes of an object."""
        length, extents = self.objects[name]
        with open(self.path, "rb") as self.file:
            return b"".join(self._bytes(start * BLOCK, count * BLOCK) for start, count in extents)[:length]

    def extract(self, directory: str) -> None:
        """Writes every object to a file, as a repository in a directory has them."""
        for name in self.objects:
            area, _, rest = name.partition("/")
            path = os.path.join(directory, area, rest[:2], rest) if area in ("packs", "parity") else os.path.join(directory, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(self.read(name))
