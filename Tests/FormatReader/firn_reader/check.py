"""Checking a whole repository: packs by their own directories, the index against them, and every snapshot."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from . import limits
from .chunks import DATA, LIST, TREE, chunk_id
from .content import flatten
from .crypto import same
from .errors import Refused, require
from .index import IndexedPack, Segment
from .nodes import DIRECTORY, FILE, Node
from .packs import OpenPack, open_frame, open_pack, padme
from .repository import Repository
from .snapshots import decode_small_record
from .trees import entries

Result = TypeVar("Result")


@dataclass
class Report:
    """`problems` are broken rules; `notices` are states that a crash or another writer may leave."""

    problems: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    packs: int = 0
    chunks: int = 0
    snapshots: int = 0
    nodes: int = 0


class Checker:
    def __init__(self, repository: Repository):
        self.repository = repository
        self.report = Report()
        # What the packs really hold: chunk id to (kind, length).
        self.proven: dict[bytes, tuple[int, int]] = {}
        self._walked: set[bytes] = set()

    def run(self) -> Report:
        require(self.repository.keys.private is not None, "password", "opens a write slot; check needs a full one")
        store = self.repository.store
        opened: dict[str, tuple[OpenPack, int]] = {}
        for name in store.packs():
            if result := self._attempt(lambda: self._pack(name)):
                opened[name] = result
        segments = [self._attempt(lambda: self.repository.segment(name)) for name in store.names("index")]
        self._index([segment for segment in segments if segment], opened)
        for directory in ("intents", "tombstones", "sweeps"):
            for name in store.names(directory):
                self._attempt(lambda: self._small_record(directory, name))
        for name in store.names("snapshots"):
            self._attempt(lambda: self._snapshot(name))
        self.report.notices += [f"{name}: isn't a name of the layout" for name in store.strays]
        return self.report

    def _attempt(self, action: Callable[[], Result]) -> Result | None:
        try:
            return action()
        except Refused as refusal:
            self.report.problems.append(str(refusal))
            return None

    def _pack(self, name: str) -> tuple[OpenPack, int]:
        """Verifies a pack from its first byte to its last, believing nothing but its own directory."""
        repository = self.repository
        with repository.store.pack_ranges(name, limits.PACK) as file:
            digest = hashlib.sha256()
            for block in file.blocks():
                digest.update(block)
            require(digest.hexdigest() == name, file.what, "isn't what its name says (SHA-256)")
            pack = open_pack(file, repository.config.uuid, repository.keys.private, repository.config.public_key)
            if padme(file.length) != file.length:
                self.report.problems.append(f"{file.what}: has a length {file.length} that isn't a Padmé size")
            header = pack.header.encode()
            for frame in pack.frames:
                where = f"frame {frame.ordinal} of {file.what}"
                raw = open_frame(file.range(frame.offset, frame.sealed_length), frame, header, pack.key, where)
                for chunk in frame.chunks:
                    data = raw[chunk.offset : chunk.offset + chunk.length]
                    found = chunk_id(repository.keys.chunk_id, chunk.kind, data)
                    require(same(found, chunk.id), where, f"holds something else than chunk {chunk.id.hex()}")
                    self.proven[chunk.id] = (chunk.kind, chunk.length)
                    self.report.chunks += 1
            self.report.packs += 1
            return pack, file.length

    def _index(self, segments: list[Segment], opened: dict[str, tuple[OpenPack, int]]) -> None:
        """Every segment has to agree with the packs, and what it names has to be there."""
        for segment in segments:
            for indexed in segment.packs:
                if indexed.name in opened:
                    self._attempt(lambda: self._compare(segment, indexed, *opened[indexed.name]))
        present = set(self.repository.store.packs())
        listed = {pack.name for segment in segments for pack in segment.packs}
        self.report.problems += [f"pack {name}: stands in the index but isn't there" for name in listed - present]
        self.report.notices += [f"pack {name}: stands in no index segment" for name in present - listed]

    def _compare(self, segment: Segment, indexed: IndexedPack, pack: OpenPack, length: int) -> None:
        what = f"index/{segment.name}, pack {indexed.name}"
        require(indexed.length == length, what, "has another length than the pack")
        require(indexed.header == pack.header, what, "has another header than the pack")
        require(indexed.directory == pack.directory, what, "has another directory than the pack")

    def _small_record(self, directory: str, name: str) -> None:
        kind, body = self.repository.record(directory, name)
        decode_small_record(kind, body, directory, name)

    def _snapshot(self, name: str) -> None:
        snapshot = self.repository.snapshot(name)
        if snapshot is None:
            self.report.notices.append(f"snapshots/{name}: is an abort record")
            return
        self.report.snapshots += 1
        for _, tree in snapshot.roots:
            self._tree(tree)

    def _tree(self, root: bytes) -> None:
        """Walks what no earlier walk has seen; ids name what is below them, so once is enough."""
        pending = [root]
        while pending:
            tree = pending.pop()
            if tree in self._walked:
                continue
            self._walked.add(tree)
            for node in entries(self, tree):
                self.report.nodes += 1
                if node.type == DIRECTORY:
                    pending.append(node.tree)
                elif node.type == FILE:
                    self._attempt(lambda: self._content(node))

    def _content(self, node: Node) -> None:
        for item in flatten(self, list(node.content), node.size, f"file {node.name!r}"):
            if item.id is None:
                continue
            what = f"chunk {item.id.hex()}"
            require(item.id in self.repository.locations, what, "stands in no index segment")
            require(self.proven.get(item.id) == (DATA, item.length), what, "is in no pack with the length of its item")

    def chunk(self, identifier: bytes, kind: int, length: int | None = None) -> bytes:
        """Trees and lists are read the way a restore reads them, through the index."""
        require(kind in (TREE, LIST), "check", "reads only metadata")
        return self.repository.chunk(identifier, kind, length)


def check(repository: Repository) -> Report:
    return Checker(repository).run()
