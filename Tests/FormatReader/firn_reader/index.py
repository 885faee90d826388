"""Index segments, and the table of chunk locations they add up to."""

from collections import defaultdict
from dataclasses import dataclass

from . import limits
from .decoding import Decoder
from .directory import DATA_PACK, METADATA_PACK, Frame, PackedChunk, decode_directory, frames_end
from .errors import require
from .packs import PackHeader


@dataclass(frozen=True)
class IndexedPack:
    """What a segment says about a pack. Writers can lie here: it finds chunks, it proves nothing about them."""

    name: str
    length: int
    header: PackHeader
    frames: list[Frame]
    directory: bytes


@dataclass(frozen=True)
class Segment:
    """The part of the index that a session published under its next number; a fence holds the number without packs."""

    name: str
    packs: list[IndexedPack]

    @property
    def session(self) -> str:
        return self.name[:32]

    @property
    def number(self) -> int:
        return int(self.name[33:], 16)


@dataclass(frozen=True)
class Location:
    pack: IndexedPack
    frame: Frame
    chunk: PackedChunk


def decode_segment(body: bytes, name: str, uuid: bytes) -> Segment:
    what = f"index/{name}"
    decoder = Decoder(body, what)
    # The least a pack takes: its name, length, kind, two keys, and the length of its directory.
    packs = [_decode_pack(decoder, what, uuid) for _ in range(decoder.count(32 + 8 + 65 + 1))]
    decoder.end()
    return Segment(name, packs)


def _decode_pack(decoder: Decoder, what: str, uuid: bytes) -> IndexedPack:
    name = decoder.id().hex()
    where = f"{what}, pack {name}"
    length = decoder.u64()
    require(length <= limits.PACK, where, "is longer than 2 GiB")
    kind = decoder.u8()
    require(kind in (DATA_PACK, METADATA_PACK), where, f"has an unknown kind {kind}")
    header = PackHeader(kind, uuid, decoder.raw(32), decoder.raw(32))
    directory = decoder.bytes(limits.DIRECTORY)
    frames, _ = decode_directory(directory, kind, where, padded=False)
    require(frames_end(frames) <= length, where, "has frames past its end")
    return IndexedPack(name, length, header, frames, directory)


def locate(segments: list[Segment]) -> dict[bytes, list[Location]]:
    """Every place at which a chunk may be found, by chunk id."""
    table: dict[bytes, list[Location]] = defaultdict(list)
    seen: set[tuple[str, bytes, bytes]] = set()
    for segment in segments:
        for pack in segment.packs:
            key = (pack.name, pack.header.encode(), pack.directory)
            if key in seen:
                continue
            seen.add(key)
            for frame in pack.frames:
                for chunk in frame.chunks:
                    table[chunk.id].append(Location(pack, frame, chunk))
    return dict(table)
