"""The cryptographic primitives and zstd, with the exact shapes of the notation."""

import hashlib
import hmac

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .errors import Refused, require

TAG = 16
ZERO_NONCE = bytes(12)
ZSTD_MAGIC = bytes.fromhex("28b52ffd")


def hkdf(ikm: bytes, salt: bytes, info: bytes, count: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=count, salt=salt, info=info).derive(ikm)


def mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def same(a: bytes, b: bytes) -> bool:
    return hmac.compare_digest(a, b)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def seal(key: bytes, nonce: bytes, aad: bytes, plaintext: bytes) -> bytes:
    return AESGCM(key).encrypt(nonce, plaintext, aad)


def open_sealed(key: bytes, nonce: bytes, aad: bytes, sealed: bytes, what: str) -> bytes:
    require(len(sealed) >= TAG, what, "is too short for a tag")
    try:
        return AESGCM(key).decrypt(nonce, sealed, aad)
    except InvalidTag:
        raise Refused(what, "is damaged or not genuine (the tag is wrong)") from None


def public_key(private: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def shared_secret(private: bytes, public: bytes, what: str) -> bytes:
    try:
        secret = X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError:
        raise Refused(what, "has a public key of low order") from None
    require(any(secret), what, "has an all-zero shared secret")
    return secret


def argon2id(password: bytes, salt: bytes, memory: int, passes: int, lanes: int, count: int) -> bytes:
    return Argon2id(salt=salt, length=count, iterations=passes, lanes=lanes, memory_cost=memory).derive(password)


def decompress(codec: int, stored: bytes, raw_length: int, what: str) -> bytes:
    """Undoes codec 0 (stored) or 1 (zstd); the caller has bounded `raw_length` already."""
    if codec == 0:
        require(len(stored) == raw_length, what, "is stored with a length that isn't its raw length")
        return stored
    require(codec == 1, what, f"has an unknown codec {codec}")
    require(stored[:4] == ZSTD_MAGIC, what, "isn't a zstd frame")
    try:
        # The declared size is compared first: the decoder would allocate whatever the frame claims.
        parameters = zstandard.get_frame_parameters(stored)
        require(parameters.content_size == raw_length, what, "declares another content size than its raw length")
        require(parameters.dict_id == 0 and not parameters.has_checksum, what, "uses a zstd option that is not allowed")
        raw = zstandard.ZstdDecompressor().decompress(stored, max_output_size=raw_length, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise Refused(what, f"doesn't decompress ({error})") from None
    require(len(raw) == raw_length, what, "decompresses to another length than its raw length")
    return raw
