"""The object `config`."""

from dataclasses import dataclass

from . import limits
from .crypto import mac, same
from .decoding import Decoder
from .errors import require

MAGIC = b"FIRNREPO"
VERSION = 1
SHARES_CHUNK_KEYS = 1
KNOWN_CRITICAL_FLAGS = SHARES_CHUNK_KEYS
CHUNKER_SUITE = 1


@dataclass(frozen=True)
class Config:
    """The public parameters. Nothing in here is to be believed before `authenticate` has passed."""

    data: bytes
    uuid: bytes
    public_key: bytes
    created: int
    suite: int
    minimum_chunk: int
    average_chunk: int
    maximum_chunk: int
    frame_target: int
    pack_target: int
    shares_chunk_keys: bool

    def authenticate(self, config_key: bytes) -> None:
        """Refuses a config whose MAC is wrong, and parameters out of bounds."""
        require(same(mac(config_key, self.data[:-32]), self.data[-32:]), "config", "is damaged or not genuine")
        require(self.suite == CHUNKER_SUITE, "config", f"has an unknown chunker suite {self.suite}")
        require(self.maximum_chunk <= limits.CHUNK, "config", "has a maximum chunk size above 8 MiB")
        require(self.frame_target <= limits.FRAME_RAW, "config", "has a frame target above 8 MiB")
        require(self.pack_target <= limits.PACK_TARGET, "config", "has a pack target above 1 GiB")


def decode_config(data: bytes) -> Config:
    decoder = Decoder(data, "config")
    decoder.magic(MAGIC)
    version = decoder.u32()
    require(version == VERSION, "config", f"has an unknown format version {version}")
    length = decoder.u32()
    require(limits.CONFIG_FIXED <= length <= limits.CONFIG, "config", f"has a length {length} out of bounds")
    require(length == len(data), "config", "isn't as long as it says")
    uuid = decoder.raw(16)
    critical = decoder.u64()
    require(critical & ~KNOWN_CRITICAL_FLAGS == 0, "config", f"has unknown critical flags {critical:#x}")
    decoder.u64()  # optional flags: unknown ones are ignored
    public_key = decoder.raw(32)
    created = decoder.u64()
    suite, minimum, average, maximum, frame_target = (decoder.u32() for _ in range(5))
    decoder.zeros(4)
    pack_target = decoder.u64()
    return Config(
        data, uuid, public_key, created, suite, minimum, average, maximum, frame_target, pack_target,
        critical & SHARES_CHUNK_KEYS != 0,
    )
