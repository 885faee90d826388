"""Decoding of the notation's primitive types."""

from .errors import Refused, require

U64 = (1 << 64) - 1
U32 = (1 << 32) - 1


class Decoder:
    """Reads primitives from the front of a byte string; refuses anything that is short or malformed."""

    def __init__(self, data: bytes, what: str):
        self.data = data
        self.what = what
        self.offset = 0

    @property
    def remaining(self) -> int:
        return len(self.data) - self.offset

    def raw(self, count: int) -> bytes:
        require(count <= self.remaining, self.what, f"ends inside a field of {count} bytes")
        start = self.offset
        self.offset += count
        return self.data[start : self.offset]

    def u8(self) -> int:
        return self.raw(1)[0]

    def u32(self) -> int:
        return int.from_bytes(self.raw(4), "little")

    def u64(self) -> int:
        return int.from_bytes(self.raw(8), "little")

    def varint(self, limit: int = U64) -> int:
        """The shortest LEB128 encoding only; `limit` is the largest value accepted."""
        value = 0
        for position in range(10):
            byte = self.u8()
            value |= (byte & 0x7F) << (7 * position)
            if byte < 0x80:
                require(position == 0 or byte != 0, self.what, "has a varint that is not the shortest")
                require(value <= U64, self.what, "has a varint of 2^64 or more")
                require(value <= limit, self.what, f"has a number {value} above its limit {limit}")
                return value
        raise Refused(self.what, "has a varint of more than 10 bytes")

    def svarint(self) -> int:
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def count(self, smallest: int, limit: int = U64) -> int:
        """A count of things of at least `smallest` bytes each, so that a lie is refused before it costs memory."""
        value = self.varint(limit)
        require(value * smallest <= self.remaining, self.what, f"has a count {value} that its bytes can't hold")
        return value

    def bytes(self, limit: int = U64) -> bytes:
        return self.raw(self.varint(limit))

    def id(self) -> bytes:
        return self.raw(32)

    def zeros(self, count: int) -> None:
        require(not any(self.raw(count)), self.what, "has a reserved field that is not zero")

    def magic(self, expected: bytes) -> None:
        require(self.raw(len(expected)) == expected, self.what, f"doesn't begin with {expected.decode()}")

    def end(self) -> None:
        require(self.remaining == 0, self.what, f"has {self.remaining} bytes left over")
