"""The test vectors of FORMAT.md, from fixed inputs. Codec 0 throughout: zstd output differs between encoders."""

from firn_reader.chunks import DATA, LIST, TREE, chunk_id
from firn_reader.content import CHUNK, HOLE, ZEROS, Item
from firn_reader.content import LIST as LIST_ITEM
from firn_reader.crypto import public_key, shared_secret
from firn_reader.directory import DATA_PACK
from firn_reader.keys import INFOS, derive, stretch
from firn_reader.nodes import FILE, SYMLINK, Node, Time
from firn_reader.packs import padme
from firn_reader.records import INDEX, INTENT, record_key
from firn_writer.encoding import svarint, varint
from firn_writer.objects import (
    encode_config, encode_json, encode_record, encode_segment, encode_slot, full_secrets, segment_name,
)
from firn_writer.packs import PackBuilder
from firn_writer.trees import encode_leaf, encode_list, encode_node

MASTER = bytes(range(0x00, 0x20))
PRIVATE = bytes(range(0x20, 0x40))
EPHEMERAL = bytes(range(0x40, 0x60))
SALT = bytes(range(0x60, 0x80))
UUID = bytes(range(0xA0, 0xB0))
PASSWORD = b"correct horse"
CREATED = 1_795_379_100
PLAINTEXT = b"Firn is old snow.\n"
SESSION = "00112233445566778899aabbccddeeff"


def vectors() -> str:
    """Markdown: a section for FORMAT.md."""
    sections = (_inputs(), _primitives(), _keys(), _config(), _slot(), _chunks(), _pack(), _segment(), _record())
    return "## Test vectors\n\n" + "\n".join(sections)


def _table(rows: list[tuple[str, bytes | str]]) -> str:
    lines = ["| what | value |", "|---|---|"]
    for name, value in rows:
        text = value.hex() if isinstance(value, bytes) else value
        lines.append(f"| {name} | `{text}` |")
    return "\n".join(lines) + "\n"


def _inputs() -> str:
    return (
        "Inputs, in hex. Random fields take fixed values here, and everything is stored with codec 0, because\n"
        "the bytes of a zstd frame depend on its encoder.\n\n"
    ) + _table([
        ("master secret", MASTER), ("repository UUID", UUID), ("private half of the repository key", PRIVATE),
        ("private half of the pack's key pair", EPHEMERAL), ("every salt", SALT),
        ("password (ASCII)", PASSWORD.decode()), ("file data (ASCII, then a line feed)", PLAINTEXT.decode().strip()),
    ])


def _primitives() -> str:
    numbers = [(f"varint {n}", varint(n)) for n in (0, 127, 128, 300, 2**64 - 1)]
    signed = [(f"svarint {n}", svarint(n)) for n in (0, -1, 1, -(2**63), 2**63 - 1)]
    sizes = [(f"Padmé size of {n}", str(padme(n))) for n in (137, 1_000, 1_000_001, 2**24 - 1)]
    return "**Primitives**\n\n" + _table(numbers + signed + sizes)


def _keys() -> str:
    keys = derive(MASTER, UUID, PRIVATE)
    rows = [(f"HKDF, info `{info.decode()}`", getattr(keys, name)) for name, info in INFOS.items()]
    return "**Keys**\n\n" + _table([*rows, ("public half of the repository key, *R*", public_key(PRIVATE))])


def _config() -> str:
    config = encode_config(UUID, public_key(PRIVATE), CREATED, derive(MASTER, UUID, None).config)
    return "**config** without later fields\n\n" + _table([("object", config)])


def _slot() -> str:
    slot = encode_slot("full", full_secrets(MASTER, PRIVATE), PASSWORD, SALT, UUID, "2026-11-22T20:25:00Z")
    parameters = {"kdf": "argon2id", "memory": 8192, "passes": 1, "lanes": 1, "salt": SALT.hex()}
    wrapping, commitment = stretch(parameters, PASSWORD, "slot")
    return (
        "**Key slot** of the role `full`\n\n"
        + _table([("wrapping key", wrapping), ("commitment", commitment)])
        + f"\n```\n{slot.decode('ascii')}```\n"
    )


def _sample_node(identifier: bytes) -> Node:
    content = (Item(CHUNK, len(PLAINTEXT), identifier), Item(HOLE, 4096, None), Item(ZEROS, 100, None))
    return Node(
        name="é".encode(), type=FILE, mode=0o644, uid=1000, gid=100, size=len(PLAINTEXT) + 4196,
        modified=Time(-2, 500_000_000), changed=Time(CREATED, 7), inode=4711, device=(8 << 32) + 1, links=1,
        born=Time(1, 0), flags=0x40, attributes={b"user.a": b"1", b"user.b": b""}, extensions={9: b"x"},
        content=content,
    )


def _chunks() -> str:
    key = derive(MASTER, UUID, None).chunk_id
    data = chunk_id(key, DATA, PLAINTEXT)
    node = _sample_node(data)
    link = Node(b"z", SYMLINK, 0o777, 0, 0, 0, Time(0, 0), Time(0, 0), 1, 0, 1, target=b"target")
    leaf = encode_leaf([node, link], {0: b"root", 1000: b"ada"}, {0: b"root", 100: b"users"})
    empty = encode_leaf([], {}, {})
    items = [Item(CHUNK, len(PLAINTEXT), data), Item(HOLE, 1, None), Item(LIST_ITEM, 1 << 40, bytes(range(32)))]
    content = encode_list(items)
    return (
        "**Chunks.** The node: file `é`, mode 0644, uid 1000, gid 100, modified −1.5 s, changed\n"
        "1795379100.000000007 s, inode 4711, device 8:1, one link, born 1 s, inode flags 0x40,\n"
        "attributes `user.a` = `1` and `user.b` empty, extension 9 = `x`; its content is the file data, a hole\n"
        "of 4,096 and 100 zeros. The leaf holds it and a symbolic link `z` to `target`, of root, all of whose\n"
        "numbers are 0 except mode 0777, inode 1 and one link, with the users 0 `root`, 1000 `ada` and the\n"
        "groups 0 `root`, 100 `users`. The content list: the file data, a hole of 1, a list of 2^40 bytes with\n"
        "the id 00 01 … 1f.\n\n"
    ) + _table([
        ("chunk id of the file data", data), ("node", encode_node(node)), ("leaf", leaf),
        ("chunk id of the leaf", chunk_id(key, TREE, leaf)), ("empty leaf", empty),
        ("chunk id of the empty leaf", chunk_id(key, TREE, empty)), ("content list", content),
        ("chunk id of the content list", chunk_id(key, LIST, content)),
    ])



def _sample_pack() -> PackBuilder:
    builder = PackBuilder(DATA_PACK, UUID, public_key(PRIVATE), EPHEMERAL)
    identifier = chunk_id(derive(MASTER, UUID, None).chunk_id, DATA, PLAINTEXT)
    builder.frame([(identifier, DATA, PLAINTEXT)], codec=0)
    return builder


def _pack() -> str:
    builder = _sample_pack()
    name, data = builder.finish()
    return "**Pack** of the kind data with one frame of one chunk, the file data\n\n" + _table([
        ("*E*", builder.header.ephemeral), ("*S*", shared_secret(EPHEMERAL, public_key(PRIVATE), "pack")),
        ("pack key", builder.key), ("key commitment", builder.header.commitment), ("header", builder.header.encode()),
        ("sealed frame 0", builder.sealed[0]), ("directory without padding", builder.directory()),
        ("the whole pack", data), ("its name", name),
    ])


def _segment() -> str:
    keys = derive(MASTER, UUID, None)
    builder = _sample_pack()
    name, data = builder.finish()
    body = encode_segment([(name, len(data), builder.header, builder.directory())])
    first, fence = segment_name(SESSION, 1), segment_name(SESSION, 2)
    return f"**Index segments** of the session `{SESSION}`: its first, with the pack above, and a fence after it\n\n" + _table([
        ("name of the first", first), ("its body", body), ("record key of both", record_key(keys, INDEX, SALT)),
        ("its object", encode_record(keys, UUID, INDEX, first, body, SALT, codec=0)), ("name of the fence", fence),
        ("its body", encode_segment([])),
        ("its object", encode_record(keys, UUID, INDEX, fence, encode_segment([]), SALT, codec=0)),
        ("name of the 703,710th", segment_name(SESSION, 0xABCDE)),
    ])


def _record() -> str:
    keys = derive(MASTER, UUID, None)
    body = encode_json({
        "version": 1, "id": SESSION, "task": "backup", "time": "2026-11-22T20:25:00.000000000Z", "host": "web1", "user": "root",
        "process": 42, "program": "firn 1.0",
    })
    record = encode_record(keys, UUID, INTENT, SESSION, body, SALT, codec=0)
    return f"**Record**: the intent `{SESSION}`\n\n" + _table([
        ("body (ASCII)", body.decode("ascii")), ("record key", record_key(keys, INTENT, SALT)), ("object", record),
    ])
