"""Building a pack."""

from firn_reader.crypto import TAG, public_key, seal, sha256, shared_secret
from firn_reader.packs import (
    DIRECTORY_ORDINAL, END_MAGIC, FOOTER, HEADER, PackHeader, derive_pack_key, frame_aad, frame_nonce, padme,
)

from .compress import compress
from .encoding import u32, u64, varint

Chunk = tuple[bytes, int, bytes]  # id, kind, plaintext


class PackBuilder:
    def __init__(self, kind: int, uuid: bytes, repository_key: bytes, ephemeral_private: bytes):
        ephemeral = public_key(ephemeral_private)
        secret = shared_secret(ephemeral_private, repository_key, "pack")
        self.key, commitment = derive_pack_key(secret, ephemeral, repository_key, uuid)
        self.header = PackHeader(kind, uuid, ephemeral, commitment)
        self.sealed: list[bytes] = []
        self._frames = b""
        self._chunks = b""

    def frame(self, chunks: list[Chunk], codec: int) -> None:
        raw = b"".join(plaintext for _, _, plaintext in chunks)
        stored = compress(raw) if codec == 1 else raw
        sealed = self._seal(len(self.sealed), codec, len(raw), stored)
        self._frames += varint(len(sealed)) + varint(len(raw)) + bytes([codec]) + varint(len(chunks))
        for identifier, kind, plaintext in chunks:
            self._chunks += identifier + varint(len(plaintext) << 2 | kind)
        self.sealed.append(sealed)

    def directory(self) -> bytes:
        """The directory's plaintext without padding."""
        return varint(len(self.sealed)) + self._frames + self._chunks

    def finish(self, directory: bytes | None = None) -> tuple[bytes, bytes]:
        """Name and bytes of the pack; tests of refusal give another directory."""
        plaintext = self.directory() if directory is None else directory
        frames = b"".join(self.sealed)
        length = HEADER + len(frames) + len(plaintext) + TAG + FOOTER
        plaintext += bytes(padme(length) - length)
        sealed = self._seal(DIRECTORY_ORDINAL, 0, len(plaintext), plaintext)
        footer = u64(HEADER + len(frames)) + u32(len(sealed)) + u32(0) + END_MAGIC
        data = self.header.encode() + frames + sealed + footer
        return sha256(data), data

    def _seal(self, ordinal: int, codec: int, raw_length: int, stored: bytes) -> bytes:
        aad = frame_aad(self.header.encode(), ordinal, codec, raw_length)
        return seal(self.key, frame_nonce(ordinal), aad, stored)
