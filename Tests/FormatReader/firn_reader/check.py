"""Checking a whole repository: packs by their own directories, the index against them, and every snapshot."""

import hashlib
from collections.abc import Callable
from typing import TypeVar

from . import limits
from .chunks import DATA, LIST, TREE, chunk_id
from .content import flatten
from .crypto import same
from .errors import Refused, require
from .index import IndexedPack, Segment
from .nodes import DIRECTORY, FILE, Node
from .packs import OpenPack, open_frame, open_pack, padme
from .prunes import SmallRecords, judge_index, judge_prunes, judge_sessions
from .records import SNAPSHOT
from .report import Report
from .repository import Repository
from .snapshots import Snapshot, decode_small_record, decode_snapshot
from .trees import entries

Result = TypeVar("Result")


class Checker:
    def __init__(self, repository: Repository):
        self.repository = repository
        self.report = Report()
        # What the packs really hold: chunk id to (kind, length).
        self.proven: dict[bytes, tuple[int, int]] = {}
        # The chunks among them in packs that no sweep record names; the others may be gone at any time.
        self.kept: set[bytes] = set()
        self.records = SmallRecords()
        self._swept: dict[str, int] = {}
        self._walked: set[bytes] = set()

    def run(self) -> Report:
        require(self.repository.keys.private is not None, "password", "opens a write slot; check needs a full one")
        store = self.repository.store
        # Intents come first and the index later: they are removed when the fence is whole, so an abort record without
        # an intent has its fence by the time the index is read.
        snapshots: list[Snapshot] = []
        for directory in ("intents", "snapshots", "tombstones", "sweeps"):
            for name in store.names(directory):
                if snapshot := self._attempt(lambda: self._record(directory, name)):
                    snapshots.append(snapshot)
        self._swept = self.records.swept()
        opened: dict[str, tuple[OpenPack, int]] = {}
        for name in store.packs():
            if result := self._attempt(lambda: self._pack(name)):
                opened[name] = result
        segments = self._segments(opened)
        judge_prunes(self.records, self.report)
        judge_sessions(self.records, segments, {snapshot.id for snapshot in snapshots}, self.report)
        judge_index(self.records, segments, set(store.packs()), self.report)
        for snapshot in snapshots:
            for _, tree in snapshot.roots:
                self._attempt(lambda: self._tree(tree))
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
                    if name not in self._swept:
                        self.kept.add(chunk.id)
                    self.report.chunks += 1
            self.report.packs += 1
            return pack, file.length

    def _segments(self, opened: dict[str, tuple[OpenPack, int]]) -> list[Segment]:
        """The segments, each compared with the packs."""
        found = [self._attempt(lambda: self.repository.segment(name)) for name in self.repository.store.names("index")]
        segments = [segment for segment in found if segment]
        for segment in segments:
            for indexed in segment.packs:
                if indexed.name in opened:
                    self._attempt(lambda: self._compare(segment, indexed, *opened[indexed.name]))
        return segments

    def _compare(self, segment: Segment, indexed: IndexedPack, pack: OpenPack, length: int) -> None:
        what = f"index/{segment.name}, pack {indexed.name}"
        require(indexed.length == length, what, "has another length than the pack")
        require(indexed.header == pack.header, what, "has another header than the pack")
        require(indexed.directory == pack.directory, what, "has another directory than the pack")

    def _record(self, directory: str, name: str) -> Snapshot | None:
        """Gives a snapshot, and keeps any other record."""
        kind, body = self.repository.record(directory, name)
        if kind == SNAPSHOT:
            self.report.snapshots += 1
            return decode_snapshot(body, name)
        self.records.add(kind, decode_small_record(kind, body, directory, name))
        return None

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
            self._require_kept(item.id)

    def _require_kept(self, identifier: bytes) -> None:
        kept = identifier in self.kept or identifier not in self.proven
        require(kept, f"chunk {identifier.hex()}", "is needed, but only in packs that a sweep record names")

    def chunk(self, identifier: bytes, kind: int, length: int | None = None) -> bytes:
        """Trees and lists are read the way a restore reads them, through the index."""
        require(kind in (TREE, LIST), "check", "reads only metadata")
        data = self.repository.chunk(identifier, kind, length)
        self._attempt(lambda: self._require_kept(identifier))
        return data


def check(repository: Repository) -> Report:
    return Checker(repository).run()
