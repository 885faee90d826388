"""Chunk kinds and chunk ids."""

from .crypto import mac

DATA, TREE, LIST = 1, 2, 3


def chunk_id(chunk_id_key: bytes, kind: int, plaintext: bytes) -> bytes:
    return mac(chunk_id_key, bytes([kind]) + plaintext)
