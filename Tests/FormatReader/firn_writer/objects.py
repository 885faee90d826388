"""Encoding of config, key slots, records and index segments."""

import base64
import json

from firn_reader.crypto import ZERO_NONCE, mac, seal
from firn_reader.keys import Keys, stretch
from firn_reader.packs import PackHeader
from firn_reader.records import record_aad, record_header, record_key

from .compress import compress
from .encoding import counted, u32, u64, varint


def encode_config(uuid: bytes, public_key: bytes, created: int, config_key: bytes, later: bytes = b"") -> bytes:
    """Small chunk sizes, as they suit a fixture; `later` stands for fields of later revisions."""
    kib = 1 << 10
    fields = b"".join([
        uuid, u64(0), u64(0), public_key, u64(created),
        u32(1), u32(4 * kib), u32(16 * kib), u32(64 * kib), u32(256 * kib), u32(0), u64(1024 * kib), later,
    ])
    front = b"FIRNREPO" + u32(1) + u32(16 + len(fields) + 32) + fields
    return front + mac(config_key, front)


def encode_slot(role: str, secrets: bytes, password: bytes, salt: bytes, uuid: bytes, created: str) -> bytes:
    header = {
        "firn": "key slot", "version": 1, "role": role, "repository": uuid.hex(), "created": created, "label": "",
        "host": "fixture", "user": "root", "kdf": "argon2id", "memory": 8192, "passes": 1, "lanes": 1,
        "salt": salt.hex(),
    }
    line = json.dumps(header, separators=(",", ":")).encode("ascii") + b"\n"
    wrapping, commitment = stretch(header, password, "slot")
    return line + base64.b64encode(commitment + seal(wrapping, ZERO_NONCE, line, secrets)) + b"\n"


def full_secrets(master: bytes, private: bytes) -> bytes:
    return b"\x01" + master + private


def write_secrets(keys: Keys) -> bytes:
    return b"\x02" + keys.chunk_id + keys.chunker + keys.index + keys.snapshot + keys.config


def encode_record(keys: Keys, uuid: bytes, kind: int, name: str, body: bytes, salt: bytes, codec: int = 1) -> bytes:
    header = record_header(kind, codec, len(body), salt)
    stored = compress(body) if codec == 1 else body
    return header + seal(record_key(keys, kind, salt), ZERO_NONCE, record_aad(header, uuid, name), stored)


def segment_name(session: str, number: int) -> str:
    return f"{session}-{number:08x}"


def encode_segment(packs: list[tuple[bytes, int, PackHeader, bytes]]) -> bytes:
    """Packs are given as name, length, header and unpadded directory."""
    out = varint(len(packs))
    for name, length, header, directory in packs:
        out += name + u64(length) + bytes([header.kind]) + header.ephemeral + header.commitment + counted(directory)
    return out


def encode_json(value: dict) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
