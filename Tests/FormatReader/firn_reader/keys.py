"""The secrets of the two roles, and the key slots that hold them."""

import base64
import binascii
import re
from dataclasses import dataclass, replace

from . import limits
from .crypto import ZERO_NONCE, argon2id, hkdf, open_sealed, public_key, same
from .decoding import Decoder
from .errors import Refused, require
from .jsontext import decode_object, member

INFOS = {
    "chunk_id": b"firn 1 chunk id",
    "chunker": b"firn 1 chunker",
    "index": b"firn 1 index",
    "snapshot": b"firn 1 snapshot",
    "config": b"firn 1 config",
}


class WrongPassword(Refused):
    """The commitment of a slot differs: the password isn't this slot's."""


@dataclass(frozen=True)
class Keys:
    """The five derived keys, and with the role `full` the private half of the repository key."""

    chunk_id: bytes
    chunker: bytes
    index: bytes
    snapshot: bytes
    config: bytes
    private: bytes | None = None


def derive(master: bytes, uuid: bytes, private: bytes | None) -> Keys:
    return Keys(**{name: hkdf(master, uuid, info, 32) for name, info in INFOS.items()}, private=private)


def open_slot(
    data: bytes, password: bytes, uuid: bytes, repository_key: bytes, what: str, shares_chunk_keys: bool = False
) -> Keys:
    """Opens one key slot; `WrongPassword` when the password isn't its own."""
    require(len(data) <= limits.KEY_SLOT, what, "is longer than 16 KiB")
    lines = data.split(b"\n")
    require(len(lines) == 3 and lines[2] == b"", what, "isn't two lines")
    header = decode_object(lines[0], what)
    require(data.isascii(), what, "isn't ASCII")
    require(header.get("firn") == "key slot", what, "isn't a key slot")
    require(member(header, "version", int, what) == 1, what, "has an unknown version")
    role = member(header, "role", str, what)
    require(role in ("full", "write"), what, f"has an unknown role {role!r}")
    require(member(header, "repository", str, what) == uuid.hex(), what, "belongs to another repository")

    wrapping, commitment = stretch(header, password, what)
    try:
        body = base64.b64decode(lines[1], validate=True)
    except binascii.Error:
        raise Refused(what, "has a second line that isn't base64") from None
    require(base64.b64encode(body) == lines[1], what, "has base64 that isn't canonical")
    require(len(body) >= 32 + 16, what, "is too short")
    if not same(body[:32], commitment):
        raise WrongPassword(what, "has another password")
    secrets = open_sealed(wrapping, ZERO_NONCE, lines[0] + b"\n", body[32:], what)
    return _decode_secrets(secrets, role, uuid, repository_key, what, shares_chunk_keys)


def stretch(header: dict, password: bytes, what: str) -> tuple[bytes, bytes]:
    """Wrapping key and commitment. Bounds come first: the parameters aren't authenticated yet."""
    require(member(header, "kdf", str, what) == "argon2id", what, "has an unknown kdf")
    memory, passes, lanes = (member(header, name, int, what) for name in ("memory", "passes", "lanes"))
    bounded = 8 << 10 <= memory <= 1 << 20 and 1 <= passes <= 8 and 1 <= lanes <= 8
    require(bounded, what, "has memory, passes or lanes out of bounds")
    salt = member(header, "salt", str, what)
    require(re.fullmatch("[0-9a-f]{64}", salt) is not None, what, "has a salt that isn't 64 hex digits")
    stretched = argon2id(password, bytes.fromhex(salt), memory, passes, lanes, 64)
    return stretched[:32], stretched[32:]


def _decode_secrets(
    secrets: bytes, role: str, uuid: bytes, repository_key: bytes, what: str, shares_chunk_keys: bool
) -> Keys:
    decoder = Decoder(secrets, f"secrets of {what}")
    tag = decoder.u8()
    require(tag == {"full": 1, "write": 2}[role], what, "holds another role than its header says")
    if role == "full":
        master, private = decoder.raw(32), decoder.raw(32)
        keys = derive(master, uuid, private)
        if shares_chunk_keys:
            keys = replace(keys, chunk_id=decoder.raw(32), chunker=decoder.raw(32))
        decoder.end()
        require(public_key(private) == repository_key, what, "has a private key that isn't the repository's")
        return keys
    keys = Keys(*(decoder.raw(32) for _ in range(5)))
    decoder.end()
    return keys
