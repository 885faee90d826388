"""zstd as the notation wants it."""

import zstandard


def compress(data: bytes) -> bytes:
    """One frame with content size, without dictionary and checksum."""
    return zstandard.ZstdCompressor(level=3, write_content_size=True, write_checksum=False).compress(data)
