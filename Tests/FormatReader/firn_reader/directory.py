"""The plaintext of a pack's directory: frames and the chunks in them."""

from dataclasses import dataclass

from . import limits
from .chunks import DATA, LIST, TREE
from .crypto import TAG
from .decoding import Decoder
from .errors import require

DATA_PACK, METADATA_PACK = 1, 2
HEADER = 96
CHUNK_KINDS = {DATA_PACK: (DATA,), METADATA_PACK: (TREE, LIST)}


@dataclass(frozen=True)
class PackedChunk:
    id: bytes
    kind: int
    offset: int  # in the frame's raw bytes
    length: int


@dataclass(frozen=True)
class Frame:
    ordinal: int
    offset: int  # in the pack
    sealed_length: int
    raw_length: int
    codec: int
    chunks: tuple[PackedChunk, ...]


def decode_directory(data: bytes, pack_kind: int, what: str, padded: bool) -> tuple[list[Frame], int]:
    """The frames, and how many bytes of `data` describe them; the rest is padding, allowed only when `padded`."""
    require(len(data) <= limits.DIRECTORY, what, "is longer than 64 MiB")
    require(pack_kind in CHUNK_KINDS, what, f"is of a pack of unknown kind {pack_kind}")
    decoder = Decoder(data, what)
    headers = [_frame_header(decoder, what) for _ in range(decoder.count(4, limits.FRAMES_PER_PACK))]
    frames, offset = [], HEADER
    for ordinal, (sealed, raw, codec, count) in enumerate(headers):
        # 33 bytes is the least a chunk takes here.
        require(count * 33 <= decoder.remaining, what, "has a chunk count that its bytes can't hold")
        chunks, position = [], 0
        for _ in range(count):
            identifier = decoder.id()
            packed = decoder.varint()
            length, kind = packed >> 2, packed & 3
            require(1 <= length <= limits.CHUNK, what, f"has a chunk of length {length}")
            require(kind in CHUNK_KINDS[pack_kind], what, f"has a chunk of kind {kind}, which doesn't belong in it")
            chunks.append(PackedChunk(identifier, kind, position, length))
            position += length
        require(position == raw, what, f"has chunk lengths in frame {ordinal} that don't add up to its raw length")
        frames.append(Frame(ordinal, offset, sealed, raw, codec, tuple(chunks)))
        offset += sealed
    used = decoder.offset
    if padded:
        require(not any(data[used:]), what, "has padding that isn't zero")
    else:
        decoder.end()
    return frames, used


def _frame_header(decoder: Decoder, what: str) -> tuple[int, int, int, int]:
    sealed = decoder.varint(limits.PACK)
    raw = decoder.varint(limits.FRAME_RAW)
    codec = decoder.u8()
    count = decoder.varint()
    require(codec in (0, 1), what, f"has a frame with an unknown codec {codec}")
    require(sealed > TAG and (codec == 1 or sealed == raw + TAG), what, "has a frame of an impossible sealed length")
    require(count >= 1, what, "has a frame without chunks")
    return sealed, raw, codec, count


def frames_end(frames: list[Frame]) -> int:
    """Where the sealed directory begins."""
    return frames[-1].offset + frames[-1].sealed_length if frames else HEADER
