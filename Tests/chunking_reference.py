#!/usr/bin/env python3
"""Chunker suite 1 written from FORMAT.md alone, one byte at a time.

Without an argument it prints the test vectors. With the name of a document it checks that the document holds every one
of them, in that order, and fails otherwise.
"""

import struct
import sys

MASK = (1 << 64) - 1


def splitmix64(seed):
    state = seed
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield z ^ (z >> 31)


def stream(seed, length):
    words = splitmix64(seed)
    data = b"".join(struct.pack("<Q", next(words)) for _ in range((length + 7) // 8))
    return data[:length]


def gear_table():
    words = splitmix64(int.from_bytes(b"firngear", "little"))
    return [next(words) for _ in range(256)]


GEAR = gear_table()


def siphash24(key, message):
    def rotate(x, n):
        return ((x << n) | (x >> (64 - n))) & MASK

    k0, k1 = struct.unpack("<QQ", key)
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]

    def rounds(count):
        for _ in range(count):
            v[0] = (v[0] + v[1]) & MASK
            v[1] = rotate(v[1], 13) ^ v[0]
            v[0] = rotate(v[0], 32)
            v[2] = (v[2] + v[3]) & MASK
            v[3] = rotate(v[3], 16) ^ v[2]
            v[0] = (v[0] + v[3]) & MASK
            v[3] = rotate(v[3], 21) ^ v[0]
            v[2] = (v[2] + v[1]) & MASK
            v[1] = rotate(v[1], 17) ^ v[2]
            v[2] = rotate(v[2], 32)

    padded = message + bytes(7 - len(message) % 8) + bytes([len(message) % 256])
    for (word,) in struct.iter_unpack("<Q", padded):
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 0xFF
    rounds(4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def thresholds(minimum, average):
    spread = average - minimum
    return (1024 << 64) // (3 * spread), (24576 << 64) // (5 * spread)


def chunk_lengths(data, minimum, average, maximum, key):
    below, above = thresholds(minimum, average)
    lengths = []
    start = 0
    hash_ = 0
    for position, byte in enumerate(data, 1):
        hash_ = ((hash_ << 1) + GEAR[byte]) & MASK
        length = position - start
        cut = length == maximum or position == len(data)
        if not cut and length >= minimum and hash_ >> 54 == 0:
            cut = siphash24(key, data[position - 64 : position]) < (below if length < average else above)
        if cut:
            lengths.append(length)
            start = position
            hash_ = 0
    return lengths


def lines():
    key = bytes(range(16))
    for index in (0, 1, 2, 254, 255):
        yield f"gear[{index}] = {GEAR[index]:016x}"
    total = 0
    for word in GEAR:
        total ^= word
    yield f"xor of all gear words = {total:016x}"
    for length in (0, 15, 64):
        yield f"siphash24(key A, first {length} of 00 01 02 ...) = {siphash24(key, bytes(range(length))):016x}"
    for sizes in ((16384, 65536, 262144), (64, 8256, 20000)):
        below, above = thresholds(*sizes[:2])
        yield f"thresholds({', '.join(map(str, sizes))}) = {below:016x} {above:016x}"

    large = (16384, 65536, 262144)
    small = (64, 8256, 20000)
    other = bytes(range(15, -1, -1))
    runs = b"".join(bytes([b & 3]) * (1 + (b >> 2)) for b in stream(2, 2000))
    cases = (
        ("random, key A", stream(1, 1 << 20), large, key),
        ("random, key B", stream(1, 1 << 20), large, other),
        ("random, small, key A", stream(1, 100000), small, key),
        ("runs, small, key A", runs, small, key),
        ("zeros, key A", bytes(600000), large, key),
        ("short, key A", stream(1, 16383), large, key),
    )
    for name, data, sizes, secret in cases:
        yield f"{name}: {' '.join(map(str, chunk_lengths(data, *sizes, secret)))}"


def main():
    vectors = list(lines())
    if len(sys.argv) == 1:
        print("\n".join(vectors))
        return 0
    with open(sys.argv[1], encoding="utf-8") as document:
        text = document.read().splitlines()
    rest = iter(text)
    for vector in vectors:
        if vector not in rest:
            print(f"missing or out of order: {vector}", file=sys.stderr)
            return 1
    print(f"{len(vectors)} vectors agree")
    return 0


if __name__ == "__main__":
    sys.exit(main())
