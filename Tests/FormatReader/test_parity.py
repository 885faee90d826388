"""Parity objects: the vectors of FORMAT.md, healing, and what a reader refuses."""

import random
from hashlib import sha256
from pathlib import Path

import pytest

from firn_reader.errors import Refused
from firn_reader.parity import SECTOR, crc64, decode_parity, encode_parity, factor, inverse, multiply, parity_name

SMALL = b"Firn is old snow.\n"


def stream(seed: int, count: int) -> bytes:
    """The stream of FORMAT.md's vectors: SplitMix64, little-endian."""
    mask, state, words = 2**64 - 1, seed, []
    for _ in range(-(-count // 8)):
        state = state + 0x9E3779B97F4A7C15 & mask
        word = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & mask
        word = (word ^ word >> 27) * 0x94D049BB133111EB & mask
        words.append((word ^ word >> 31).to_bytes(8, "little"))
    return b"".join(words)[:count]


VECTORS = [(1, 4_097, 6), (2, 100_000, 6), (3, 2_000_000, 6), (4, 7_000_000, 2)]


def vectors() -> str:
    """The rows of the table in FORMAT.md."""
    rows = [("the file data, 6 rows: the whole object", encode_parity(SMALL, 6).hex())]
    for seed, length, count in VECTORS:
        digest = sha256(encode_parity(stream(seed, length), count)).hexdigest()
        rows.append((f"stream({seed}, {length}), {count} rows: SHA-256 of the object", digest))
    return "\n".join(f"| {name} | `{value}` |" for name, value in rows)


def test_the_vectors_of_the_page():
    assert vectors() in (Path(__file__).parents[2] / "FORMAT.md").read_text()


def test_the_field_is_one():
    assert multiply(2, 0x80) == 0x1D
    assert all(multiply(value, inverse(value)) == 1 for value in range(1, 256))
    assert all(multiply(factor(row, column), (200 + row) ^ column) == 1 for row in range(20) for column in range(200))


def test_the_checksum_is_crc_64_xz():
    assert crc64(b"123456789") == 0x995DC9BBDF1939FA


@pytest.mark.parametrize("length,rows", [(1, 1), (500, 6), (4_096, 6), (40_000, 6), (40_000, 20), (600_000, 20)])
def test_as_many_sectors_as_there_is_parity_heal_and_no_more(length, rows):
    data = random.Random(length).randbytes(length)
    parity = decode_parity(encode_parity(data, rows))
    layout = parity.layout
    stripe = layout.stripes[0]
    burst = min(stripe.groups * stripe.rows, layout.sectors)
    damaged = bytearray(data)
    damaged[: burst * layout.sector] = bytes(min(length, burst * layout.sector))
    assert parity.damaged(bytes(damaged)) == list(range(burst))
    assert parity.heal(bytes(damaged)) == data
    assert parity.heal(data[:-1]) == data
    if burst < layout.sectors:
        damaged[: (burst + 1) * layout.sector] = bytes(min(length, (burst + 1) * layout.sector))
        with pytest.raises(Refused):
            parity.heal(bytes(damaged))


def test_either_copy_of_the_description_is_enough_and_none_is_not():
    data = random.Random(1).randbytes(50_000)
    stored = encode_parity(data, 6)
    head, tail = bytearray(stored), bytearray(stored)
    head[30] ^= 1
    tail[-30] ^= 1
    assert decode_parity(bytes(head)) == decode_parity(bytes(tail)) == decode_parity(stored)
    head[-30] ^= 1
    with pytest.raises(Refused):
        decode_parity(bytes(head))


def test_damaged_parity_is_not_used():
    data = random.Random(2).randbytes(5 * SECTOR)
    stored = bytearray(encode_parity(data, 6))
    start = decode_parity(bytes(stored)).layout.description
    stored[start] ^= 1
    damaged = b"\xff" + data[1:]
    with pytest.raises(Refused):
        decode_parity(bytes(stored)).heal(damaged if damaged != data else b"\0" + data[1:])


@pytest.mark.parametrize("at,value", [(0, 0), (8, 2), (9, 7), (10, 201), (11, 0), (11, 21), (12, 1), (20, 1)])
def test_a_header_that_breaks_a_rule_is_refused(at, value):
    stored = bytearray(encode_parity(bytes(9_000), 6))
    for start in (0, len(stored) - 56):
        stored[start + at] = value
    with pytest.raises(Refused):
        decode_parity(bytes(stored))


def test_names():
    assert parity_name("index", "ab12-00000001") == "parity/ab/ab12-00000001-index"
