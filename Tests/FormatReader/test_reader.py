"""The reader against repositories that make_fixture.py describes, whole and damaged."""

import hashlib
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import make_fixture
from firn_reader import limits
from firn_reader.check import check
from firn_reader.config import decode_config
from firn_reader.crypto import mac
from firn_reader.directory import decode_directory
from firn_reader.errors import Refused
from firn_reader.keys import WrongPassword, open_slot
from firn_reader.manifest import manifest
from firn_reader.packs import open_frame, open_pack
from firn_reader.pathtext import path_bytes
from firn_reader.records import INDEX, INTENT, open_record
from firn_reader.repository import open_repository
from firn_reader.restore import restore
from firn_reader.store import PackFile
from firn_reader.trees import entries
from firn_writer.objects import (
    encode_json, encode_record, encode_segment, encode_slot, full_secrets, segment_name,
)

HERE = Path(__file__).parent
WRITER, EXPECTED = make_fixture.build()
FULL = make_fixture.FULL_PASSWORD


@pytest.fixture
def root(tmp_path):
    WRITER.save(str(tmp_path / "repository"))
    return tmp_path / "repository"


def objects(directory: str) -> list[tuple[str, bytes]]:
    return [(name, data) for name, data in WRITER.objects.items() if name.startswith(directory)]


# Whole repositories


@pytest.mark.parametrize("name", EXPECTED)
def test_the_tree_read_is_the_tree_described(root, name):
    repository = open_repository(str(root), FULL)
    found = manifest(repository, repository.find_snapshot(name).roots[0][1])
    assert found == EXPECTED[name]


def test_a_sound_repository_has_no_problems_and_an_abort_record_is_no_snapshot(root):
    repository = open_repository(str(root), FULL)
    report = check(repository)
    assert report.problems == []
    assert (report.packs, report.snapshots) == (5, 2)
    assert report.fenced == 1
    assert [one.sequence for one in repository.snapshots()] == [1, 2]


def test_restored_files_are_those_of_the_manifest(root, tmp_path):
    repository = open_repository(str(root), FULL)
    snapshot = repository.find_snapshot(next(iter(EXPECTED)))
    notices = restore(repository, snapshot.roots[0][1], str(tmp_path / "out"))
    if os.geteuid() == 0:
        assert notices == []
    linked = set()
    for entry in EXPECTED[snapshot.id]:
        path = os.fsencode(tmp_path / "out") + path_bytes(entry["path"], "path")
        if entry["type"].endswith("device") and os.geteuid() != 0:
            continue
        status = os.lstat(path)
        assert status.st_mtime_ns == entry["modified"][0] * 10**9 + entry["modified"][1], entry["path"]
        if entry["type"] != "symlink":
            assert stat.S_IMODE(status.st_mode) & 0o1777 == entry["mode"] & 0o1777, entry["path"]
        if os.geteuid() == 0:
            assert (status.st_uid, status.st_gid) == (entry["uid"], entry["gid"])
        if entry["type"] == "file":
            assert status.st_size == entry["size"]
            if not os.access(path, os.R_OK):
                continue
            assert hashlib.sha256(Path(os.fsdecode(path)).read_bytes()).hexdigest() == entry["sha256"]
            if entry["links"] > 1:
                linked.add(status.st_ino)
        for name, value in entry.get("attributes", {}).items():
            assert os.getxattr(path, bytes.fromhex(name)) == bytes.fromhex(value)
    assert len(linked) == 1
    sparse = os.lstat(tmp_path / "out/home/ada/sparse")
    assert sparse.st_blocks * 512 < 64 * 1024


def test_a_write_slot_reads_records_and_no_chunk(root):
    repository = open_repository(str(root), make_fixture.WRITE_PASSWORD)
    assert len(repository.snapshots()) == 2
    assert repository.locations
    with pytest.raises(Refused, match="write slot"):
        list(entries(repository, repository.snapshots()[0].roots[0][1]))


def test_the_command_reports_with_its_exit_code(root, tmp_path):
    (tmp_path / "password").write_bytes(FULL + b"\n")
    command = [sys.executable, str(HERE / "read.py"), str(root), "--password-file", str(tmp_path / "password")]
    assert subprocess.run([*command, "check"], capture_output=True).returncode == 0
    pack = next(path for path in root.glob("packs/*/*"))
    pack.write_bytes(pack.read_bytes()[:-1])
    assert subprocess.run([*command, "check"], capture_output=True).returncode == 1
    (root / "config").unlink()
    assert subprocess.run([*command, "snapshots"], capture_output=True).returncode == 2


def test_the_vectors_on_the_page_are_those_computed():
    from vectors import vectors

    assert vectors().strip() in (HERE.parents[1] / "FORMAT.md").read_text(encoding="utf-8")


# Damage: every object kind, cut and flipped


def open_whole_pack(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    with PackFile(str(path), "pack", limits.PACK) as file:
        pack = open_pack(file, WRITER.uuid, WRITER.private, WRITER.public)
        for frame in pack.frames:
            sealed = file.range(frame.offset, frame.sealed_length)
            open_frame(sealed, frame, pack.header.encode(), pack.key, "frame")


def opener(name: str, scratch: Path):
    """What reads the object `name`, without the help of a hash in its name."""
    directory, _, base = name.rpartition("/")
    if name == "config":
        return lambda data: decode_config(data).authenticate(WRITER.keys.config)
    if directory == "keys":
        password = FULL if b'"role":"full"' in WRITER.objects[name] else make_fixture.WRITE_PASSWORD
        return lambda data: open_slot(data, password, WRITER.uuid, WRITER.public, name)
    if directory.startswith("packs"):
        return lambda data: open_whole_pack(scratch / "pack", data)
    return lambda data: open_record(data, WRITER.keys, WRITER.uuid, directory, base)


def positions(name: str, data: bytes) -> range:
    """Every byte, or as many as cost no more than a moment."""
    budget = 24 if name.startswith("keys") else 300 if name.startswith("packs") else 1_000
    return range(0, len(data), 1 + len(data) // budget)


@pytest.mark.parametrize("name", sorted(WRITER.objects))
def test_a_flipped_bit_anywhere_is_refused(name, tmp_path):
    data, read = WRITER.objects[name], opener(name, tmp_path)
    read(data)
    for position in positions(name, data):
        damaged = bytearray(data)
        damaged[position] ^= 1 << position % 8
        with pytest.raises(Refused):
            read(bytes(damaged))
            pytest.fail(f"{name}: bit {position % 8} of byte {position} went unnoticed")


@pytest.mark.parametrize("name", sorted(WRITER.objects))
def test_a_cut_or_lengthened_object_is_refused(name, tmp_path):
    data, read = WRITER.objects[name], opener(name, tmp_path)
    for length in positions(name, data):
        with pytest.raises(Refused):
            read(data[:length])
            pytest.fail(f"{name}: cut to {length} bytes went unnoticed")
    with pytest.raises(Refused):
        read(data + b"\0")


@pytest.mark.parametrize("name", [name for name in sorted(WRITER.objects) if not name.startswith("keys")])
def test_check_notices_damage_and_absence(root, name):
    path = root / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    if name == "config":
        with pytest.raises(Refused):
            open_repository(str(root), FULL)
        return
    assert check_or_refusal(root)
    if name.startswith("packs"):
        path.unlink()
        assert any("isn't there" in problem for problem in check_or_refusal(root))


def check_or_refusal(root: Path) -> list[str]:
    try:
        return check(open_repository(str(root), FULL)).problems
    except Refused as refusal:
        return [str(refusal)]


# Objects in the wrong place


def test_a_record_of_another_name_or_directory_is_refused():
    name, other = "ab" * 16, "cd" * 16
    body = encode_json({"version": 1, "id": name, "time": "2026-01-01T00:00:00Z"})
    intent = encode_record(WRITER.keys, WRITER.uuid, INTENT, name, body, bytes(32))
    open_record(intent, WRITER.keys, WRITER.uuid, "intents", name)
    for directory, at in (("intents", other), ("snapshots", name)):
        with pytest.raises(Refused):
            open_record(intent, WRITER.keys, WRITER.uuid, directory, at)
    with pytest.raises(Refused):
        open_record(intent, WRITER.keys, bytes(16), "intents", name)


def test_a_pack_under_the_name_of_another_is_refused(root):
    first, second = sorted(root.glob("packs/*/*"))[:2]
    swapped = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(swapped)
    problems = check_or_refusal(root)
    assert sum("SHA-256" in problem for problem in problems) == 2


def test_the_password_of_another_slot_is_told_from_damage():
    name, slot = objects("keys")[0]
    with pytest.raises(WrongPassword):
        open_slot(slot, b"no", WRITER.uuid, WRITER.public, name)
    with pytest.raises(Refused, match="out of bounds"):
        open_slot(slot.replace(b'"memory":8192', b'"memory":2097152'), FULL, WRITER.uuid, WRITER.public, name)


def test_chunk_keys_that_are_shared_stand_in_full_slots_and_nowhere_else():
    shared = [WRITER.draw(32), WRITER.draw(32)]
    secrets = full_secrets(WRITER.master, WRITER.private) + b"".join(shared)
    slot = encode_slot("full", secrets, FULL, WRITER.draw(32), WRITER.uuid, "2026-11-22T20:25:00Z")
    keys = open_slot(slot, FULL, WRITER.uuid, WRITER.public, "slot", shares_chunk_keys=True)
    assert [keys.chunk_id, keys.chunker] == shared and keys.index == WRITER.keys.index
    with pytest.raises(Refused):
        open_slot(slot, FULL, WRITER.uuid, WRITER.public, "slot")


def test_an_unknown_critical_flag_is_refused_and_an_optional_one_is_not():
    for offset, refused in ((32, True), (40, False)):
        data = bytearray(WRITER.objects["config"])
        data[offset] = 2
        data[-32:] = mac(WRITER.keys.config, bytes(data[:-32]))
        if refused:
            with pytest.raises(Refused, match="critical"):
                decode_config(bytes(data))
        else:
            decode_config(bytes(data)).authenticate(WRITER.keys.config)


# The index can lie


def lying_repository(root: Path, lie) -> None:
    """Replaces all segments by one in which `lie` has changed the packs."""
    honest = list(WRITER.listed)
    for path in root.glob("index/*"):
        path.unlink()
    body = encode_segment([changed for entry in honest for changed in lie(entry)])
    name = segment_name("ab" * 16, 1)
    (root / "index" / name).write_bytes(encode_record(WRITER.keys, WRITER.uuid, INDEX, name, body, bytes(32)))


def with_other_length(entry):
    name, length, header, directory = entry
    return [(name, length + 1, header, directory)]


def with_swapped_ids(entry):
    name, length, header, directory = entry
    frames, _ = decode_directory(directory, header.kind, "directory", padded=False)
    chunks = [chunk for frame in frames for chunk in frame.chunks]
    a, b = chunks[0].id, chunks[-1].id
    swapped = directory.replace(a, b"?" * 32).replace(b, a).replace(b"?" * 32, b)
    return [(name, length, header, swapped)]


@pytest.mark.parametrize("lie", [with_other_length, with_swapped_ids])
def test_check_notices_an_index_that_lies(root, lie):
    lying_repository(root, lie)
    assert check_or_refusal(root)


def test_a_chunk_is_believed_only_by_its_id_and_found_in_another_place(root):
    lying_repository(root, with_swapped_ids)
    repository = open_repository(str(root), FULL)
    with pytest.raises(Refused, match="another id"):
        for tree in [location[0].chunk.id for location in repository.locations.values()]:
            kind = repository.locations[tree][0].chunk.kind
            repository.chunk(tree, kind)
    lying_repository(root, lambda entry: with_swapped_ids(entry) + [entry])
    repository = open_repository(str(root), FULL)
    name = next(iter(EXPECTED))
    assert manifest(repository, repository.find_snapshot(name).roots[0][1]) == EXPECTED[name]


def test_every_segment_counts_and_a_fence_has_no_packs(root):
    repository = open_repository(str(root), FULL)
    segments = [repository.segment(name) for name in repository.store.names("index")]
    fenced = next(name[10:] for name, _ in objects("snapshots") if name[10:] not in EXPECTED)
    first, second = EXPECTED
    assert {(one.session, one.number): len(one.packs) for one in segments} == {
        (first, 1): 1, (first, 2): 2, (second, 1): 2, (fenced, 1): 1, (fenced, 2): 0,
    }
    whole = len(repository.locations)
    (root / f"index/{first}-00000002").unlink()
    assert len(open_repository(str(root), FULL).locations) < whole


def test_a_segment_under_another_name_is_refused(root):
    first, second = EXPECTED
    (root / f"index/{first}-00000001").rename(root / f"index/{first}-00000003")
    (root / f"index/{first}-00000002").rename(root / f"index/{second}-00000002")
    problems = check_or_refusal(root)
    assert sum("the tag is wrong" in problem for problem in problems) >= 2


@pytest.mark.parametrize("name", ["{}", "{}-", "{}-1", "{}-00000000", "{}-0000000A", "{}-000000001", "0{}-00000001"])
def test_other_names_are_no_segments(root, name):
    session = next(iter(EXPECTED))
    stray = name.format(session)
    (root / "index" / stray).write_bytes(b"")
    report = check(open_repository(str(root), FULL))
    assert report.problems == []
    assert f"index/{stray}: isn't a name of the layout" in report.notices
