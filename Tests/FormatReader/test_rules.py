"""One test for each rule of the page that an object can break behind a right tag or id."""

import json
import random
from dataclasses import replace

import pytest

from firn_reader.chunks import DATA, chunk_id
from firn_reader.content import CHUNK, HOLE, Item, decode_list, flatten
from firn_reader.content import LIST as LIST_ITEM
from firn_reader.crypto import decompress, sha256
from firn_reader.decoding import Decoder
from firn_reader.directory import DATA_PACK, METADATA_PACK, decode_directory
from firn_reader.errors import Refused
from firn_reader.index import decode_segment
from firn_reader.nodes import FILE, Node, Time, decode_node
from firn_reader.packs import padme
from firn_reader.pathtext import path_bytes, path_text
from firn_reader.records import ABORT, INTENT, SWEEP, TOMBSTONE, open_record
from firn_reader.snapshots import decode_small_record, decode_snapshot
from firn_reader.trees import decode_tree, entries
from firn_writer.compress import compress
from firn_writer.encoding import counted, svarint, u32, varint
from firn_writer.objects import encode_json, encode_record
from firn_writer.packs import PackBuilder
from firn_writer.trees import encode_branch, encode_items, encode_leaf, encode_list, encode_node
from test_reader import EXPECTED, WRITER, open_whole_pack


# Primitives


@pytest.mark.parametrize("data", ["8000", "ff00", "80" * 10 + "01", "ff" * 9 + "02", "80", ""])
def test_a_varint_that_is_long_large_or_cut_is_refused(data):
    with pytest.raises(Refused):
        Decoder(bytes.fromhex(data), "varint").varint()


@pytest.mark.parametrize("value", [0, 1, -1, 63, -64, 2**63 - 1, -(2**63)])
def test_svarints_come_back(value):
    assert Decoder(svarint(value), "svarint").svarint() == value


def test_padme_sizes():
    assert [padme(n) for n in (1, 2, 9, 137, 1000, 1 << 20, (1 << 20) + 1)] == [1, 2, 10, 144, 1024, 1 << 20, 1081344]
    assert all(padme(padme(n)) == padme(n) and n <= padme(n) <= n * 1.12 for n in range(100, 20_000, 7))


@pytest.mark.parametrize(
    "codec,stored,length",
    [
        (0, b"abc", 4),
        (2, b"abc", 3),
        (1, compress(b"abc"), 4),
        (1, compress(b"abc") + b"x", 3),
        (1, compress(b"abc") + compress(b"def"), 6),
        (1, compress(bytes(1 << 24)), 8),
        (1, compress(b"abc")[:-1], 3),
        (1, bytes.fromhex("502a4d1800000000") + compress(b"abc"), 3),
    ],
)
def test_stored_bytes_that_are_not_exactly_the_raw_length_are_refused(codec, stored, length):
    with pytest.raises(Refused):
        decompress(codec, stored, length, "frame")


def test_path_text_comes_back():
    for path in (b"/a\\b", b"/\xff\xfe/\xc3\xa9", b"/\xed\xa0\x80", b"/new\nline", "/é雪😀".encode()):
        assert path_bytes(path_text(path), "path") == path
    assert path_text(b"\\\xff") == "\\\\\\xff"


# Packs


CHUNKS = [(chunk_id(WRITER.keys.chunk_id, DATA, text), DATA, text) for text in (b"one", b"second")]
HEAD = varint(1) + varint(9 + 16) + varint(9) + b"\0" + varint(2)
ROWS = [identifier + varint(len(text) << 2 | DATA) for identifier, _, text in CHUNKS]


@pytest.mark.parametrize(
    "directory,kind",
    [
        (HEAD + ROWS[0] + ROWS[1], METADATA_PACK),  # chunks of a kind that doesn't belong
        (HEAD + ROWS[0] + ROWS[0], DATA_PACK),  # lengths that don't add up
        (HEAD + ROWS[0], DATA_PACK),  # a chunk less
        (HEAD + ROWS[0] + ROWS[1] + b"\1", DATA_PACK),  # padding that isn't zero
        (varint(1) + varint(24) + HEAD[2:] + ROWS[0] + ROWS[1], DATA_PACK),  # impossible sealed length
        (varint(1) + varint(16) + varint(0) + b"\0" + varint(0), DATA_PACK),  # no chunks
        (varint(1 << 21), DATA_PACK),  # too many frames
        (varint(1) + varint(25) + varint((8 << 20) + 1) + b"\1" + varint(2) + ROWS[0] + ROWS[1], DATA_PACK),
        (HEAD + ROWS[0] + CHUNKS[1][0] + varint(DATA), DATA_PACK),  # length 0
    ],
)
def test_a_directory_that_breaks_a_rule_is_refused(directory, kind):
    decode_directory(HEAD + ROWS[0] + ROWS[1] + bytes(40), DATA_PACK, "directory", padded=True)
    with pytest.raises(Refused):
        decode_directory(directory, kind, "directory", padded=True)


def test_a_pack_whose_directory_begins_elsewhere_is_refused(tmp_path):
    builder = PackBuilder(DATA_PACK, WRITER.uuid, WRITER.public, b"e" * 32)
    builder.frame(CHUNKS, codec=0)
    open_whole_pack(tmp_path / "pack", builder.finish()[1])
    with pytest.raises(Refused, match="last frame ends"):
        open_whole_pack(tmp_path / "pack", builder.finish(directory=b"\0")[1])


def test_frames_in_another_order_are_refused(tmp_path):
    builder = PackBuilder(DATA_PACK, WRITER.uuid, WRITER.public, b"e" * 32)
    for text in (b"aaa", b"bbb"):
        builder.frame([(chunk_id(WRITER.keys.chunk_id, DATA, text), DATA, text)], codec=0)
    builder.sealed.reverse()
    with pytest.raises(Refused, match="tag"):
        open_whole_pack(tmp_path / "pack", builder.finish()[1])


def test_a_public_key_of_low_order_is_refused(tmp_path):
    builder = PackBuilder(DATA_PACK, WRITER.uuid, WRITER.public, b"e" * 32)
    builder.frame(CHUNKS, codec=0)
    data = bytearray(builder.finish()[1])
    data[32:64] = bytes(32)
    with pytest.raises(Refused, match="order|all-zero"):
        open_whole_pack(tmp_path / "pack", bytes(data))


# Trees and contents


class Chunks(dict):
    """A source of chunks that were put in by hand."""

    def put(self, data: bytes) -> bytes:
        self[sha256(data)] = data
        return sha256(data)

    def chunk(self, identifier, kind, length=None):
        return self[identifier]


def node(name: bytes = b"a", **more) -> Node:
    return replace(Node(name, FILE, 0o644, 0, 0, 0, Time(0, 0), Time(0, 0), 1, 1, 1), **more)


@pytest.mark.parametrize(
    "broken",
    [
        node(b""), node(b"."), node(b".."), node(b"a/b"), node(b"a\0b"), node(b"x" * 256),
        node(mode=0o10000), node(uid=1 << 32), node(gid=1 << 32), node(size=1), node(type=8), node(type=0),
        node(type=4, size=1), node(modified=Time(0, 10**9)), node(born=Time(0, 10**9)), node(flags=1 << 32),
        node(size=5, content=(Item(HOLE, 4, None),)), node(content=(Item(HOLE, 0, None),)),
        node(size=(8 << 20) + 1, content=(Item(CHUNK, (8 << 20) + 1, bytes(32)),)),
    ],
)
def test_a_node_that_breaks_a_rule_is_refused(broken):
    decode_node(Decoder(encode_node(node()), "node"))
    with pytest.raises(Refused):
        decoder = Decoder(encode_node(broken), "node")
        decode_node(decoder)
        decoder.end()


def test_unknown_presence_bits_are_refused():
    encoded = bytearray(encode_node(node()))
    assert encoded[-2:] == b"\0\0"
    encoded[-2] = 16
    with pytest.raises(Refused, match="presence"):
        decode_node(Decoder(bytes(encoded), "node"))


@pytest.mark.parametrize(
    "data",
    [
        b"\2\0\0\0\0", b"\1\2\0\0\0", b"\1\0\0\0\0\0", b"\1\1\0",
        b"\1\0\0\0\2" + encode_node(node(b"b")) + encode_node(node(b"a")),
        b"\1\0\0\0\2" + encode_node(node(b"a")) + encode_node(node(b"a")),
        b"\1\0\2\1" + counted(b"x") + b"\1" + counted(b"y") + b"\0\0",
        b"\1\1\2" + counted(b"b") + bytes(32) + counted(b"a") + bytes(32),
    ],
)
def test_a_tree_object_that_breaks_a_rule_is_refused(data):
    with pytest.raises(Refused):
        decode_tree(data, "tree")


def nested_branches(depth: int) -> tuple[Chunks, bytes]:
    source = Chunks()
    identifier = source.put(encode_leaf([node()], {}, {}))
    for _ in range(depth):
        identifier = source.put(encode_branch([(b"a", identifier)]))
    return source, identifier


def test_branches_nest_eight_deep_and_no_deeper():
    assert [one.name for one in entries(*nested_branches(8))] == [b"a"]
    with pytest.raises(Refused, match="too deep"):
        list(entries(*nested_branches(9)))


@pytest.mark.parametrize(
    "leaves",
    [
        [(b"x", [node(b"a")])],  # another first name
        [(b"a", [])],  # an empty leaf
        [(b"a", [node(b"a"), node(b"c")]), (b"b", [node(b"b")])],  # names that overlap
    ],
)
def test_a_branch_that_lies_about_its_leaves_is_refused(leaves):
    source = Chunks()
    root = source.put(encode_branch([(name, source.put(encode_leaf(nodes, {}, {}))) for name, nodes in leaves]))
    with pytest.raises(Refused):
        list(entries(source, root))


def nested_lists(depth: int) -> tuple[Chunks, list[Item]]:
    source, items = Chunks(), [Item(HOLE, 3, None)]
    for _ in range(depth):
        items = [Item(LIST_ITEM, 3, source.put(encode_list(items)))]
    return source, items


def test_lists_nest_eight_deep_and_no_deeper():
    assert [item.kind for item in flatten(*nested_lists(8), 3, "file")] == [HOLE]
    with pytest.raises(Refused, match="too deep"):
        list(flatten(*nested_lists(9), 3, "file"))


def test_lists_that_do_not_add_up_are_refused():
    source = Chunks()
    item = Item(LIST_ITEM, 4, source.put(encode_list([Item(HOLE, 3, None)])))
    with pytest.raises(Refused, match="add up"):
        list(flatten(source, [item], 4, "file"))


@pytest.mark.parametrize("data", [b"\1\0", b"\2\1" + encode_items([Item(HOLE, 1, None)]), b"\1\1\1", b"\1\1\5\0"])
def test_a_list_that_breaks_a_rule_is_refused(data):
    with pytest.raises(Refused):
        decode_list(data, "list")


# Record bodies


SMALL = {
    INTENT: ("intents", "ab" * 16, {"id": "ab" * 16, "task": "t", "host": "h", "user": "u", "process": 1, "program": "p"}),
    TOMBSTONE: ("tombstones", "00000000000000ff", {"number": 255, "packs": ["ab" * 32]}),
    SWEEP: ("sweeps", "00000000000000ff", {"number": 255, "packs": []}),
    ABORT: ("snapshots", "ab" * 16, {"id": "ab" * 16, "tombstone": 3}),
}


@pytest.mark.parametrize("kind", SMALL)
def test_small_records_come_back_and_name_themselves(kind):
    directory, name, members = SMALL[kind]
    body = encode_json({"version": 1, "time": "2026-11-22T20:25:00.5Z", **members, "later": None})
    sealed = encode_record(WRITER.keys, WRITER.uuid, kind, name, body, bytes(32))
    assert open_record(sealed, WRITER.keys, WRITER.uuid, directory, name) == (kind, body)
    decode_small_record(kind, body, directory, name)
    for broken in (body.replace(b'"version":1', b'"version":2'), body.replace(b"Z", b"+01:00"), b"[]", body[:-1]):
        with pytest.raises(Refused):
            decode_small_record(kind, broken, directory, name)
    with pytest.raises(Refused):
        decode_small_record(kind, body, directory, "0" * len(name))


def test_a_snapshot_that_lacks_or_repeats_a_member_is_refused():
    name = next(iter(EXPECTED))
    _, body = open_record(WRITER.objects[f"snapshots/{name}"], WRITER.keys, WRITER.uuid, "snapshots", name)
    decode_snapshot(body, name)
    members = json.loads(body)
    for member in members:
        if member != "a later member":
            fewer = {key: value for key, value in members.items() if key != member}
            with pytest.raises(Refused):
                decode_snapshot(encode_json(fewer), name)
    with pytest.raises(Refused, match="repeats"):
        decode_snapshot(body[:-1] + b',"host":"other"}', name)


def test_a_record_whose_raw_length_is_above_its_limit_is_refused():
    name = "ab" * 16
    data = bytearray(encode_record(WRITER.keys, WRITER.uuid, INTENT, name, b"{}", bytes(32)))
    data[12:16] = u32((1 << 20) + 1)
    with pytest.raises(Refused, match="above its limit"):
        open_record(bytes(data), WRITER.keys, WRITER.uuid, "intents", name)


# Anything at all


def bodies() -> list:
    """Well-formed plaintexts with their decoders."""
    name = next(iter(EXPECTED))
    snapshot = open_record(WRITER.objects[f"snapshots/{name}"], WRITER.keys, WRITER.uuid, "snapshots", name)[1]
    full = node(b"full", attributes={b"user.a": b"b"}, extensions={1: b"2"}, born=Time(1, 2), flags=3)
    leaf = encode_leaf([node(), full], {0: b"root"}, {0: b"root"})
    segment = next(path for path in WRITER.objects if path.startswith("index"))
    segment_body = open_record(WRITER.objects[segment], WRITER.keys, WRITER.uuid, "index", segment[6:])[1]
    return [
        (snapshot, lambda data: decode_snapshot(data, name)),
        (leaf, lambda data: decode_tree(data, "tree")),
        (encode_branch([(b"a", bytes(32)), (b"b", bytes(32))]), lambda data: decode_tree(data, "tree")),
        (encode_list([Item(HOLE, 1, None), Item(CHUNK, 2, bytes(32))]), lambda data: decode_list(data, "list")),
        (HEAD + ROWS[0] + ROWS[1], lambda data: decode_directory(data, DATA_PACK, "directory", padded=True)),
        (segment_body, lambda data: decode_segment(data, "segment", WRITER.uuid)),
    ]


@pytest.mark.parametrize("number", range(6))
def test_a_mutated_plaintext_is_decoded_or_refused_and_nothing_else(number):
    data, decode = bodies()[number]
    decode(data)
    for seed in range(1_500):
        source = random.Random(seed)
        mutated = bytearray(data)
        for _ in range(source.randint(1, 4)):
            position = source.randrange(len(mutated))
            mutated[position : position + source.randint(0, 2)] = source.randbytes(source.randint(0, 2))
        try:
            decode(bytes(mutated))
        except Refused:
            pass
        except Exception as error:
            pytest.fail(f"seed {seed}: {error!r}")


@pytest.mark.parametrize("member", [
    "roots", "paths", "tags", "statistics", "parent", "time", "id", "version", "host", "pinned", "replaces",
])
@pytest.mark.parametrize("value", [5, None, [], [5], {}, "\ud800", ["\ud800"], True, -1, 1 << 70])
def test_a_snapshot_member_of_another_type_is_decoded_or_refused(member, value):
    name = next(iter(EXPECTED))
    body = bodies()[0][0]
    try:
        decode_snapshot(json.dumps(json.loads(body) | {member: value}).encode(), name)
    except Refused:
        return
    assert (member, value) in [
        ("parent", None), ("tags", []), ("paths", []), ("pinned", None), ("pinned", True), ("replaces", None), ("replaces", []),
    ]


def test_a_pin_and_what_a_snapshot_replaces_are_read_and_may_be_absent():
    name = next(iter(EXPECTED))
    members = json.loads(bodies()[0][0])
    plain = decode_snapshot(encode_json(members), name)
    assert (plain.pinned, plain.replaces) == (False, [])
    found = decode_snapshot(encode_json(members | {"pinned": True, "replaces": ["ab" * 32, "00" * 32]}), name)
    assert (found.pinned, found.replaces) == (True, [b"\xab" * 32, bytes(32)])
    for broken in (["ab" * 31], ["AB" * 32], ["ab" * 32] * 257):
        with pytest.raises(Refused):
            decode_snapshot(encode_json(members | {"replaces": broken}), name)
