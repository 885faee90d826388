"""Gathers objects and writes them as a repository in a local directory."""

import hashlib
import os
from collections import Counter

from firn_reader.chunks import DATA, LIST, TREE, chunk_id
from firn_reader.content import CHUNK, Item
from firn_reader.content import LIST as LIST_ITEM
from firn_reader.crypto import public_key, sha256
from firn_reader.directory import DATA_PACK, METADATA_PACK
from firn_reader.keys import derive
from firn_reader.packs import PackHeader
from firn_reader.records import INDEX

from .objects import encode_config, encode_record, encode_segment, encode_slot, full_secrets, segment_name, write_secrets
from .packs import Chunk, PackBuilder
from .trees import encode_list

CREATED = 1_795_379_100
CREATED_TEXT = "2026-11-22T20:25:00Z"


class Writer:
    """What would be random comes from a seed. Objects are kept by name, and written by `save`."""

    def __init__(self, seed: bytes):
        self._seed, self._drawn = seed, 0
        self.uuid = self.draw(16)
        self.master, self.private = self.draw(32), self.draw(32)
        self.public = public_key(self.private)
        self.keys = derive(self.master, self.uuid, self.private)
        self.objects: dict[str, bytes] = {
            "config": encode_config(self.uuid, self.public, CREATED, self.keys.config, later=b"a later field")
        }
        self._known: set[bytes] = set()
        self._waiting: dict[int, list[Chunk]] = {DATA_PACK: [], METADATA_PACK: []}
        self.listed: list[tuple[bytes, int, PackHeader, bytes]] = []
        self._indexed: set[bytes] = set()
        self._segments: Counter[str] = Counter()

    def draw(self, count: int) -> bytes:
        self._drawn += 1
        return hashlib.shake_256(self._seed + self._drawn.to_bytes(4, "little")).digest(count)

    def slots(self, full_password: bytes, write_password: bytes) -> None:
        contents = (
            ("full", full_secrets(self.master, self.private), full_password),
            ("write", write_secrets(self.keys), write_password),
        )
        for role, secrets, password in contents:
            slot = encode_slot(role, secrets, password, self.draw(32), self.uuid, CREATED_TEXT)
            self.objects[f"keys/{self.draw(16).hex()}"] = slot

    def chunk(self, kind: int, plaintext: bytes) -> bytes:
        """Adds a chunk once; gives its id."""
        identifier = chunk_id(self.keys.chunk_id, kind, plaintext)
        if identifier not in self._known:
            self._known.add(identifier)
            self._waiting[DATA_PACK if kind == DATA else METADATA_PACK].append((identifier, kind, plaintext))
        return identifier

    def data(self, plaintext: bytes) -> Item:
        return Item(CHUNK, len(plaintext), self.chunk(DATA, plaintext))

    def content_list(self, items: list[Item]) -> Item:
        return Item(LIST_ITEM, sum(item.length for item in items), self.chunk(LIST, encode_list(items)))

    def tree(self, encoded: bytes) -> bytes:
        return self.chunk(TREE, encoded)

    def pack(self, kind: int, chunks_per_frame: int) -> bytes:
        """Packs the waiting chunks of a pack kind, the codecs by turns."""
        builder = PackBuilder(kind, self.uuid, self.public, self.draw(32))
        waiting = self._waiting[kind]
        for ordinal, start in enumerate(range(0, len(waiting), chunks_per_frame)):
            builder.frame(waiting[start : start + chunks_per_frame], codec=1 - ordinal % 2)
        self._waiting[kind] = []
        return self.add_pack(builder)

    def add_pack(self, builder: PackBuilder) -> bytes:
        name, data = builder.finish()
        self.objects[f"packs/{name.hex()[:2]}/{name.hex()}"] = data
        self.listed.append((name, len(data), builder.header, builder.directory()))
        return name

    def segment(self, session: str, again: tuple[bytes, ...] = ()) -> None:
        """A session's next index segment: the packs since the last one, and older packs named in `again`. Without any
        it is what fences the session off."""
        listed = [pack for pack in self.listed if pack[0] in again or pack[0] not in self._indexed]
        self._indexed = {pack[0] for pack in self.listed}
        self._segments[session] += 1
        self.record("index", INDEX, segment_name(session, self._segments[session]), encode_segment(listed))

    def record(self, directory: str, kind: int, name: str, body: bytes, codec: int = 1) -> bytes:
        """Seals a record; gives the SHA-256 of the object."""
        data = encode_record(self.keys, self.uuid, kind, name, body, self.draw(32), codec)
        self.objects[f"{directory}/{name}"] = data
        return sha256(data)

    def save(self, root: str) -> None:
        for name, data in self.objects.items():
            path = os.path.join(root, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "xb") as file:
                file.write(data)
