"""The objects of a repository in a local directory."""

import os
import re
from collections.abc import Iterator

from .errors import Refused, require

# What a name must look like in each directory of the layout.
NAMES = {
    "keys": re.compile(r"[0-9a-f]{32}"),
    "index": re.compile(r"[0-9a-f]{32}-(?!0{8})[0-9a-f]{8}"),
    "snapshots": re.compile(r"[0-9a-f]{32}"),
    "intents": re.compile(r"[0-9a-f]{32}"),
    "tombstones": re.compile(r"[0-9a-f]{16}"),
    "sweeps": re.compile(r"[0-9a-f]{16}"),
}
PACK_NAME = re.compile(r"[0-9a-f]{64}")
PACK_SHARD = re.compile(r"[0-9a-f]{2}")


class Store:
    """Lists and reads objects. Names that don't fit the layout aren't objects; `strays` gives them."""

    def __init__(self, root: str):
        self.root = root
        self.strays: list[str] = []

    def names(self, kind: str) -> list[str]:
        """The object names in one directory, sorted; a directory that isn't there is empty."""
        return [name for name in self._entries(kind) if self._accept(NAMES[kind].fullmatch(name), f"{kind}/{name}")]

    def packs(self) -> list[str]:
        found = []
        for shard in self._entries("packs"):
            if not self._accept(PACK_SHARD.fullmatch(shard), f"packs/{shard}"):
                continue
            for name in self._entries(f"packs/{shard}"):
                fits = PACK_NAME.fullmatch(name) and name.startswith(shard)
                if self._accept(fits, f"packs/{shard}/{name}"):
                    found.append(name)
        return found

    def path(self, name: str) -> str:
        return os.path.join(self.root, name)

    def pack_path(self, name: str) -> str:
        return self.path(f"packs/{name[:2]}/{name}")

    def read(self, name: str, limit: int) -> bytes:
        """A whole object of at most `limit` bytes."""
        try:
            with open(self.path(name), "rb") as file:
                data = file.read(limit + 1)
        except FileNotFoundError:
            raise Refused(name, "isn't there") from None
        require(len(data) <= limit, name, f"is longer than {limit} bytes")
        return data

    def pack_ranges(self, name: str, limit: int) -> "PackFile":
        return PackFile(self.pack_path(name), f"pack {name}", limit)

    def _entries(self, directory: str) -> list[str]:
        try:
            return sorted(os.listdir(self.path(directory)))
        except FileNotFoundError:
            return []

    def _accept(self, fits: object, name: str) -> bool:
        if not fits and name not in self.strays:
            self.strays.append(name)
        return bool(fits)


class PackFile:
    """Reads ranges of one pack; a context manager."""

    def __init__(self, path: str, what: str, limit: int):
        self.what = what
        try:
            self.file = open(path, "rb")
        except FileNotFoundError:
            raise Refused(what, "isn't there") from None
        self.length = os.fstat(self.file.fileno()).st_size
        if self.length > limit:
            self.file.close()
            raise Refused(what, f"is longer than {limit} bytes")

    def __enter__(self) -> "PackFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def range(self, offset: int, count: int) -> bytes:
        require(offset + count <= self.length, self.what, "ends inside a range that was asked for")
        self.file.seek(offset)
        data = self.file.read(count)
        require(len(data) == count, self.what, "was cut short while it was read")
        return data

    def blocks(self, size: int = 1 << 20) -> Iterator[bytes]:
        self.file.seek(0)
        while block := self.file.read(size):
            yield block
