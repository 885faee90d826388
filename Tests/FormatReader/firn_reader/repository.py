"""An open repository: keys, records, and chunks by id."""

from collections import OrderedDict
from functools import cached_property

from . import limits
from .chunks import chunk_id
from .config import Config, decode_config
from .crypto import same
from .errors import Refused, require
from .index import Location, Segment, decode_segment, locate
from .keys import Keys, WrongPassword, open_slot
from .packs import open_frame, pack_key
from .records import SNAPSHOT, object_limit, open_record
from .snapshots import Snapshot, decode_small_record, decode_snapshot
from .store import Store

FRAMES_KEPT = 16


class Repository:
    """Everything a key allows to be read. A write key opens records; chunks need a full key."""

    def __init__(self, store: Store, config: Config, keys: Keys):
        self.store = store
        self.config = config
        self.keys = keys
        self._frames: OrderedDict[tuple[str, bytes, int], bytes] = OrderedDict()
        self._pack_keys: dict[tuple[str, bytes], bytes] = {}

    def record(self, directory: str, name: str) -> tuple[int, bytes]:
        """Kind and body of a record."""
        data = self.store.read(f"{directory}/{name}", object_limit(directory))
        return open_record(data, self.keys, self.config.uuid, directory, name)

    def segment(self, name: str) -> Segment:
        return decode_segment(self.record("index", name)[1], name, self.config.uuid)

    def snapshot(self, name: str) -> Snapshot | None:
        """A snapshot, or nothing when an abort record stands in its place."""
        kind, body = self.record("snapshots", name)
        if kind == SNAPSHOT:
            return decode_snapshot(body, name)
        decode_small_record(kind, body, "snapshots", name)
        return None

    def snapshots(self) -> list[Snapshot]:
        """All snapshots, oldest first; abort records are left out."""
        found = (self.snapshot(name) for name in self.store.names("snapshots"))
        return sorted((one for one in found if one), key=lambda one: (one.time, one.id))

    def find_snapshot(self, text: str) -> Snapshot:
        """The snapshot with an id that begins with `text`, or the newest for `latest`."""
        snapshots = self.snapshots()
        if text == "latest":
            require(bool(snapshots), "repository", "has no snapshots")
            return snapshots[-1]
        found = [one for one in snapshots if one.id.startswith(text)]
        require(len(found) == 1, f"snapshot {text}", f"names {len(found)} snapshots")
        return found[0]

    @cached_property
    def locations(self) -> dict[bytes, list[Location]]:
        return locate([self.segment(name) for name in self.store.names("index")])

    def chunk(self, identifier: bytes, kind: int, length: int | None = None) -> bytes:
        """A chunk, proven by its id. Each place the index names is tried until one gives it."""
        what = f"chunk {identifier.hex()}"
        failures = []
        for location in self.locations.get(identifier, []):
            try:
                data = self._read(location, what)
                require(same(chunk_id(self.keys.chunk_id, kind, data), identifier), what, "has another id")
                require(length is None or len(data) == length, what, "has another length than its item says")
                return data
            except Refused as failure:
                failures.append(str(failure))
        raise Refused(what, "; ".join(failures) or "stands in no index segment")

    def _read(self, location: Location, what: str) -> bytes:
        pack, frame = location.pack, location.frame
        key = (pack.name, pack.directory, frame.ordinal)
        raw = self._frames.pop(key, None)
        if raw is None:
            with self.store.pack_ranges(pack.name, limits.PACK) as file:
                sealed = file.range(frame.offset, frame.sealed_length)
            where = f"frame {frame.ordinal} of pack {pack.name}"
            raw = open_frame(sealed, frame, pack.header.encode(), self._pack_key(location), where)
        self._frames[key] = raw
        if len(self._frames) > FRAMES_KEPT:
            self._frames.popitem(last=False)
        return raw[location.chunk.offset : location.chunk.offset + location.chunk.length]

    def _pack_key(self, location: Location) -> bytes:
        require(self.keys.private is not None, "password", "opens a write slot, which can't read chunks")
        pack = location.pack
        name = (pack.name, pack.header.encode())
        if name not in self._pack_keys:
            self._pack_keys[name] = pack_key(
                pack.header, self.keys.private, self.config.public_key, f"pack {pack.name}"
            )
        return self._pack_keys[name]


def open_repository(path: str, password: bytes) -> Repository:
    """Opens with the first key slot that the password fits."""
    store = Store(path)
    config = decode_config(store.read("config", limits.CONFIG))
    failures = []
    for name in store.names("keys"):
        what = f"keys/{name}"
        try:
            data = store.read(what, limits.KEY_SLOT)
            keys = open_slot(data, password, config.uuid, config.public_key, what, config.shares_chunk_keys)
        except WrongPassword:
            continue
        except Refused as failure:
            failures.append(str(failure))
            continue
        config.authenticate(keys.config)
        return Repository(store, config, keys)
    raise Refused("password", "; ".join(["opens no key slot", *failures]))
