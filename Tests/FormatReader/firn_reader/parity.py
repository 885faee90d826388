"""Parity objects: Reed-Solomon over GF(256), written from FORMAT.md alone. Slow, and only for objects of a test's size."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from . import limits
from .decoding import Decoder
from .errors import Refused, require

MAGIC = b"FIRNPRTY"
VERSION = 1
GROUPS = 8
COLUMNS = 200
SECTOR = 4096
HEADER = 24
DIGEST = 32
CHECKSUM = 8
AREAS = ("packs", "index", "snapshots")


def parity_name(area: str, name: str) -> str:
    return f"parity/{name[:2]}/{name}-{area}"


# GF(256) with the polynomial x^8 + x^4 + x^3 + x^2 + 1


def _tables() -> tuple[list[int], list[int]]:
    powers, logs, value = [0] * 510, [0] * 256, 1
    for exponent in range(255):
        powers[exponent] = powers[exponent + 255] = value
        logs[value] = exponent
        value = value << 1 ^ (0x11D if value & 0x80 else 0)
    return powers, logs


POWERS, LOGS = _tables()


def multiply(left: int, right: int) -> int:
    return POWERS[LOGS[left] + LOGS[right]] if left and right else 0


def inverse(value: int) -> int:
    return POWERS[255 - LOGS[value]]


def factor(row: int, column: int) -> int:
    return inverse((COLUMNS + row) ^ column)


def scaled(sector: bytes, by: int) -> int:
    """A sector times a number, as one long integer, so that adding sectors is `^`."""
    return int.from_bytes(sector.translate(bytes(multiply(by, value) for value in range(256))), "big")


def combined(sectors: Iterable[tuple[int, bytes]], length: int) -> bytes:
    total = 0
    for by, sector in sectors:
        total ^= scaled(sector, by)
    return total.to_bytes(length, "big")


# CRC-64/XZ


def _crc_table() -> list[int]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0xC96C5795D7870F42 if value & 1 else 0)
        table.append(value)
    return table


CRC_TABLE = _crc_table()


def crc64(data: bytes) -> int:
    value = 2**64 - 1
    for byte in data:
        value = CRC_TABLE[(value ^ byte) & 0xFF] ^ value >> 8
    return value ^ 2**64 - 1


# Layout


@dataclass(frozen=True)
class Stripe:
    first: int  # its first sector
    sectors: int
    first_parity: int
    rows: int  # parity sectors of each group

    @property
    def groups(self) -> int:
        return min(GROUPS, self.sectors)


@dataclass(frozen=True)
class Layout:
    length: int
    rows: int

    @property
    def sector(self) -> int:
        return min(SECTOR, self.length)

    @property
    def sectors(self) -> int:
        return -(-self.length // self.sector)

    @property
    def stripes(self) -> list[Stripe]:
        found, parity = [], 0
        for first in range(0, self.sectors, GROUPS * COLUMNS):
            count = min(GROUPS * COLUMNS, self.sectors - first)
            columns = -(-count // GROUPS)
            found.append(Stripe(first, count, parity, -(-columns * self.rows // COLUMNS)))
            parity += found[-1].groups * found[-1].rows
        return found

    @property
    def parity(self) -> int:
        last = self.stripes[-1]
        return last.first_parity + last.groups * last.rows

    @property
    def description(self) -> int:
        """The length of one copy of the description."""
        return HEADER + CHECKSUM * (self.sectors + self.parity) + DIGEST


def split(data: bytes, sector: int) -> list[bytes]:
    """The sectors of an object; the last one is filled up with zeros."""
    return [data[start : start + sector].ljust(sector, b"\0") for start in range(0, len(data), sector)]


# Objects


@dataclass(frozen=True)
class Parity:
    layout: Layout
    checksums: Sequence[int]  # of the object's sectors
    parity_checksums: Sequence[int]
    parity: Sequence[bytes]

    def damaged(self, data: bytes) -> list[int]:
        """The sectors of the object, cut or filled up to its length, that are not what they were."""
        sectors = split(data[: self.layout.length].ljust(self.layout.length, b"\0"), self.layout.sector)
        return [index for index, one in enumerate(sectors) if crc64(one) != self.checksums[index]]

    def heal(self, data: bytes) -> bytes:
        """The object as it was. It is for the caller to verify it."""
        data = data[: self.layout.length].ljust(self.layout.length, b"\0")
        sectors = split(data, self.layout.sector)
        damaged = set(self.damaged(data))
        for stripe in self.layout.stripes:
            for group in range(stripe.groups):
                columns = range(stripe.first + group, stripe.first + stripe.sectors, GROUPS)
                lost = [column for column, index in enumerate(columns) if index in damaged]
                rows = [row for row in range(stripe.rows) if self._is_sound(stripe, group, row)][: len(lost)]
                require(len(rows) == len(lost), "object", "is damaged beyond what its parity brings back")
                sums = [
                    combined(
                        [(1, self.parity[stripe.first_parity + group * stripe.rows + row])]
                        + [(factor(row, column), sectors[i]) for column, i in enumerate(columns) if column not in lost],
                        self.layout.sector,
                    )
                    for row in rows
                ]
                for column, sector in zip(lost, solve(rows, lost, sums, self.layout.sector)):
                    sectors[columns[column]] = sector
        return b"".join(sectors)[: self.layout.length]

    def _is_sound(self, stripe: Stripe, group: int, row: int) -> bool:
        index = stripe.first_parity + group * stripe.rows + row
        return crc64(self.parity[index]) == self.parity_checksums[index]


def solve(rows: Sequence[int], columns: Sequence[int], sums: Sequence[bytes], length: int) -> list[bytes]:
    """The sectors of some columns, of which the sums of some rows are known, by elimination."""
    matrix = [[factor(row, column) for column in columns] for row in rows]
    values = list(sums)
    for pivot in range(len(columns)):
        chosen = next(row for row in range(pivot, len(rows)) if matrix[row][pivot])
        matrix[pivot], matrix[chosen] = matrix[chosen], matrix[pivot]
        values[pivot], values[chosen] = values[chosen], values[pivot]
        by = inverse(matrix[pivot][pivot])
        matrix[pivot] = [multiply(by, value) for value in matrix[pivot]]
        values[pivot] = combined([(by, values[pivot])], length)
        for row in range(len(rows)):
            by = matrix[row][pivot]
            if row == pivot or not by:
                continue
            matrix[row] = [value ^ multiply(by, other) for value, other in zip(matrix[row], matrix[pivot])]
            values[row] = combined([(1, values[row]), (by, values[pivot])], length)
    return values


def decode_header(data: bytes) -> Layout:
    decoder = Decoder(data, "parity header")
    decoder.magic(MAGIC)
    version, groups, columns, rows = decoder.raw(4)
    require((version, groups, columns) == (VERSION, GROUPS, COLUMNS), "parity header", "has another version or shape")
    require(1 <= rows <= 20, "parity header", f"has {rows} rows")
    sector, length = decoder.u32(), decoder.u64()
    decoder.end()
    require(1 <= length <= limits.PACK, "parity header", "has a length out of bounds")
    require(sector == min(SECTOR, length), "parity header", f"has sectors of {sector} bytes")
    return Layout(length, rows)


def decode_parity(data: bytes) -> Parity:
    """A parity object, by whichever copy of its description is sound."""
    try:
        layout = decode_header(data[:HEADER])
        copy = data[: layout.description]
        header, table = copy[:HEADER], copy[HEADER:-DIGEST]
        return _parity(data, layout, header, table, copy[-DIGEST:])
    except Refused:
        layout = decode_header(data[-HEADER - DIGEST : -DIGEST])
        copy = data[-layout.description :]
        header, table = copy[-HEADER - DIGEST : -DIGEST], copy[: -HEADER - DIGEST]
        return _parity(data, layout, header, table, copy[-DIGEST:])


def _parity(data: bytes, layout: Layout, header: bytes, table: bytes, digest: bytes) -> Parity:
    require(len(table) == layout.description - HEADER - DIGEST, "parity", "ends inside its checksums")
    require(sha256(header + table).digest() == digest, "parity", "has a damaged description")
    checksums = [int.from_bytes(table[at : at + CHECKSUM], "little") for at in range(0, len(table), CHECKSUM)]
    start, length = layout.description, layout.parity * layout.sector
    parity = split(data[start : start + length].ljust(length, b"\0"), layout.sector)
    return Parity(layout, checksums[: layout.sectors], checksums[layout.sectors :], parity)


def encode_parity(data: bytes, rows: int) -> bytes:
    """The parity object of `data`, with `rows` parity sectors in a full group."""
    layout = Layout(len(data), rows)
    sectors = split(data, layout.sector)
    parity = []
    for stripe in layout.stripes:
        for group in range(stripe.groups):
            columns = sectors[stripe.first + group : stripe.first + stripe.sectors : GROUPS]
            for row in range(stripe.rows):
                parity.append(combined([(factor(row, j), one) for j, one in enumerate(columns)], layout.sector))
    header = MAGIC + bytes([VERSION, GROUPS, COLUMNS, rows])
    header += layout.sector.to_bytes(4, "little") + layout.length.to_bytes(8, "little")
    table = b"".join(crc64(one).to_bytes(CHECKSUM, "little") for one in sectors + parity)
    digest = sha256(header + table).digest()
    return header + table + digest + b"".join(parity) + table + header + digest
