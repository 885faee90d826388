"""Packs: header, key, frames and footer."""

import struct
from dataclasses import dataclass

from . import limits
from .crypto import TAG, decompress, hkdf, open_sealed, same, shared_secret
from .decoding import Decoder
from .directory import CHUNK_KINDS, HEADER, Frame, decode_directory, frames_end
from .errors import require
from .store import PackFile

MAGIC = b"FIRNPACK"
END_MAGIC = b"FIRNPEND"
VERSION = 1
FOOTER = 24
DIRECTORY_ORDINAL = 0xFFFFFFFF
MINIMUM = HEADER + 1 + TAG + FOOTER


@dataclass(frozen=True)
class PackHeader:
    """What the 96 header bytes hold. They can be rebuilt from the index, which is how chunks are read without them."""

    kind: int
    uuid: bytes
    ephemeral: bytes  # E
    commitment: bytes

    def encode(self) -> bytes:
        return MAGIC + bytes([VERSION, self.kind]) + bytes(6) + self.uuid + self.ephemeral + self.commitment


def decode_header(data: bytes, uuid: bytes, what: str) -> PackHeader:
    decoder = Decoder(data, what)
    decoder.magic(MAGIC)
    version = decoder.u8()
    require(version == VERSION, what, f"has an unknown version {version}")
    kind = decoder.u8()
    require(kind in CHUNK_KINDS, what, f"has an unknown kind {kind}")
    decoder.zeros(6)
    require(decoder.raw(16) == uuid, what, "belongs to another repository")
    header = PackHeader(kind, uuid, decoder.raw(32), decoder.raw(32))
    decoder.end()
    return header


def derive_pack_key(secret: bytes, ephemeral: bytes, repository_key: bytes, uuid: bytes) -> tuple[bytes, bytes]:
    """Pack key and key commitment."""
    derived = hkdf(secret, ephemeral + repository_key, b"firn 1 pack" + uuid, 64)
    return derived[:32], derived[32:]


def pack_key(header: PackHeader, private: bytes, repository_key: bytes, what: str) -> bytes:
    secret = shared_secret(private, header.ephemeral, what)
    key, commitment = derive_pack_key(secret, header.ephemeral, repository_key, header.uuid)
    require(same(commitment, header.commitment), what, "has a key commitment that isn't its key's")
    return key


def frame_nonce(ordinal: int) -> bytes:
    return bytes(4) + struct.pack(">Q", ordinal)


def frame_aad(header: bytes, ordinal: int, codec: int, raw_length: int) -> bytes:
    return header + struct.pack("<IBI", ordinal, codec, raw_length)


def open_frame(sealed: bytes, frame: Frame, header: bytes, key: bytes, what: str) -> bytes:
    """The raw bytes of a frame."""
    aad = frame_aad(header, frame.ordinal, frame.codec, frame.raw_length)
    stored = open_sealed(key, frame_nonce(frame.ordinal), aad, sealed, what)
    return decompress(frame.codec, stored, frame.raw_length, what)


@dataclass(frozen=True)
class OpenPack:
    """A pack opened by its own directory, without the index."""

    header: PackHeader
    key: bytes
    frames: list[Frame]
    directory: bytes  # without padding


def open_pack(file: PackFile, uuid: bytes, private: bytes, repository_key: bytes) -> OpenPack:
    what = file.what
    require(file.length >= MINIMUM, what, "is too short for a pack")
    header = decode_header(file.range(0, HEADER), uuid, what)
    key = pack_key(header, private, repository_key, what)
    offset, sealed_length = _decode_footer(file.range(file.length - FOOTER, FOOTER), what)
    require(offset >= HEADER, what, "has a directory inside its header")
    require(offset + sealed_length + FOOTER == file.length, what, "has a directory that doesn't reach to the footer")
    require(TAG <= sealed_length <= limits.DIRECTORY + TAG, what, "has a directory out of bounds")
    sealed = file.range(offset, sealed_length)
    aad = frame_aad(header.encode(), DIRECTORY_ORDINAL, 0, sealed_length - TAG)
    plaintext = open_sealed(key, frame_nonce(DIRECTORY_ORDINAL), aad, sealed, f"directory of {what}")
    frames, used = decode_directory(plaintext, header.kind, f"directory of {what}", padded=True)
    require(frames_end(frames) == offset, what, "has a directory that doesn't begin where the last frame ends")
    return OpenPack(header, key, frames, plaintext[:used])


def _decode_footer(data: bytes, what: str) -> tuple[int, int]:
    decoder = Decoder(data, f"footer of {what}")
    offset, sealed_length = decoder.u64(), decoder.u32()
    decoder.zeros(4)
    require(decoder.raw(8) == END_MAGIC, what, "doesn't end with FIRNPEND")
    return offset, sealed_length


def padme(length: int) -> int:
    """The smallest Padmé size that is at least `length`."""
    exponent = length.bit_length() - 1
    step = 1 << (exponent - exponent.bit_length())
    return (length + step - 1) // step * step
