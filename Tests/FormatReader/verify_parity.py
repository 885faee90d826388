"""Compares the parity of a repository with what FORMAT.md says, and heals copies of its objects with it.

usage: verify_parity.py REPOSITORY ROWS
"""

import random
import sys
from pathlib import Path

from firn_reader.parity import AREAS, crc64, decode_parity, encode_parity, parity_name


def verify(root: Path, rows: int) -> int:
    """Checks every object; gives their number. Nothing in the repository is changed."""
    count = 0
    dice = random.Random(1)
    for area in AREAS:
        for path in sorted(path for path in (root / area).rglob("*") if path.is_file()):
            data = path.read_bytes()
            stored = (root / parity_name(area, path.name)).read_bytes()
            assert stored == encode_parity(data, rows), f"{path}: its parity is another"
            parity = decode_parity(stored)
            damaged = bytearray(data)
            at = dice.randrange(parity.layout.sectors) * parity.layout.sector
            damaged[at : at + parity.layout.sector] = bytes(len(damaged[at : at + parity.layout.sector]))
            assert parity.damaged(bytes(damaged)) == [at // parity.layout.sector], f"{path}: the damage isn't located"
            assert parity.heal(bytes(damaged)) == data, f"{path}: it doesn't heal"
            count += 1
    return count


if __name__ == "__main__":
    assert crc64(b"123456789") == 0x995DC9BBDF1939FA
    print(f"{verify(Path(sys.argv[1]), int(sys.argv[2]))} objects have the parity that the format says, and heal with it")
