"""The sealed envelope of index segments, snapshots, intents, tombstones, sweep records and abort records."""

import struct

from .crypto import TAG, ZERO_NONCE, decompress, hkdf, open_sealed
from .decoding import Decoder
from .errors import require
from .keys import Keys
from .limits import MIB

MAGIC = b"FIRNREC1"
HEADER = 48

INDEX, SNAPSHOT, INTENT, TOMBSTONE, SWEEP, ABORT = 1, 2, 3, 4, 5, 6
RAW_LIMIT = {INDEX: 64 * MIB, SNAPSHOT: 16 * MIB, INTENT: MIB, TOMBSTONE: 64 * MIB, SWEEP: 64 * MIB, ABORT: MIB}

# Which kinds may stand in a directory: the name is authenticated, the directory isn't, so the kind has to be checked.
KINDS = {
    "index": (INDEX,),
    "snapshots": (SNAPSHOT, ABORT),
    "intents": (INTENT,),
    "tombstones": (TOMBSTONE,),
    "sweeps": (SWEEP,),
}


def object_limit(directory: str) -> int:
    """The most bytes an object of a directory can have: zstd may grow what it can't compress, by under 1/255."""
    raw = max(RAW_LIMIT[kind] for kind in KINDS[directory])
    return HEADER + TAG + raw + raw // 255 + 64


def record_header(kind: int, codec: int, raw_length: int, salt: bytes) -> bytes:
    return MAGIC + struct.pack("<BBHI", kind, codec, 0, raw_length) + salt


def record_key(keys: Keys, kind: int, salt: bytes) -> bytes:
    parent = keys.index if kind == INDEX else keys.snapshot
    return hkdf(parent, salt, b"firn 1 record" + bytes([kind]), 32)


def record_aad(header: bytes, uuid: bytes, name: str) -> bytes:
    return header + uuid + name.encode("ascii")


def open_record(data: bytes, keys: Keys, uuid: bytes, directory: str, name: str) -> tuple[int, bytes]:
    """Kind and body of the record that was read as `directory`/`name`."""
    what = f"{directory}/{name}"
    decoder = Decoder(data, what)
    decoder.magic(MAGIC)
    kind, codec = decoder.u8(), decoder.u8()
    require(kind in KINDS[directory], what, f"is a record of kind {kind}, which doesn't belong there")
    require(codec in (0, 1), what, f"has an unknown codec {codec}")
    decoder.zeros(2)
    raw_length = decoder.u32()
    require(raw_length <= RAW_LIMIT[kind], what, f"has a raw length {raw_length} above its limit")
    salt = decoder.raw(32)
    sealed = decoder.raw(decoder.remaining)
    aad = record_aad(data[:HEADER], uuid, name)
    stored = open_sealed(record_key(keys, kind, salt), ZERO_NONCE, aad, sealed, what)
    return kind, decompress(codec, stored, raw_length, what)
