"""Content items and content lists."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from . import limits
from .chunks import LIST as LIST_CHUNK
from .decoding import Decoder
from .errors import require

CHUNK, HOLE, ZEROS, LIST = 0, 1, 2, 3


@dataclass(frozen=True)
class Item:
    kind: int
    length: int
    id: bytes | None


class ChunkSource(Protocol):
    def chunk(self, identifier: bytes, kind: int, length: int | None = None) -> bytes: ...


def decode_items(decoder: Decoder, count: int) -> list[Item]:
    items = []
    for _ in range(count):
        packed = decoder.varint()
        length, kind = packed >> 2, packed & 3
        require(length >= 1, decoder.what, "has a content item of length 0")
        require(kind != CHUNK or length <= limits.CHUNK, decoder.what, "has a chunk of more than 8 MiB")
        items.append(Item(kind, length, decoder.id() if kind in (CHUNK, LIST) else None))
    return items


def decode_list(data: bytes, what: str) -> list[Item]:
    decoder = Decoder(data, what)
    version = decoder.u8()
    require(version == 1, what, f"has an unknown version {version}")
    count = decoder.count(1)
    require(count >= 1, what, "has no items")
    items = decode_items(decoder, count)
    decoder.end()
    return items


def flatten(source: ChunkSource, items: list[Item], total: int, what: str, depth: int = 0) -> Iterator[Item]:
    """The chunks, holes and zeros of a content in order, every list checked against the length it stands for."""
    require(sum(item.length for item in items) == total, what, "has item lengths that don't add up")
    for item in items:
        if item.kind != LIST:
            yield item
            continue
        require(depth < limits.LIST_DEPTH, what, "has content lists that nest too deep")
        where = f"content list {item.id.hex()}"
        below = decode_list(source.chunk(item.id, LIST_CHUNK), where)
        yield from flatten(source, below, item.length, where, depth + 1)
