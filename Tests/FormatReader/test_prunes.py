"""What sessions and prunes leave: what check takes as it should be, what it notes, and what it calls a problem.

The fixture has a session that was fenced off, the sweep record of prune 1, and prune 2 with its intent and tombstone.
"""

import pytest

from firn_reader.check import check
from firn_reader.chunks import DATA
from firn_reader.directory import DATA_PACK
from firn_reader.records import ABORT, INDEX, INTENT, SWEEP, TOMBSTONE
from firn_reader.report import Report
from firn_reader.repository import open_repository
from firn_writer.objects import encode_json, encode_record, encode_segment, segment_name
from firn_writer.packs import PackBuilder
from test_reader import EXPECTED, FULL, WRITER, root  # noqa: F401 (a pytest fixture)

TIME = "2026-11-24T00:00:00Z"
FIRST, SECOND = EXPECTED
FENCED = next(name[10:] for name in WRITER.objects if name.startswith("snapshots/") and name[10:] not in EXPECTED)
PRUNING = next(name[8:] for name in WRITER.objects if name.startswith("intents/"))
DATA_OF_FIRST, METADATA_OF_FIRST, _, _, ORPHANED = WRITER.listed


def put(root, path: str, kind: int, body: bytes) -> None:
    directory, _, name = path.partition("/")
    (root / directory).mkdir(exist_ok=True)
    (root / path).write_bytes(encode_record(WRITER.keys, WRITER.uuid, kind, name, body, bytes(32)))


def put_packs(root, directory: str, number: int, packs: list) -> None:
    kind = TOMBSTONE if directory == "tombstones" else SWEEP
    names = [pack[0].hex() for pack in packs]
    body = {"version": 1, "number": number, "time": TIME, "packs": names}
    put(root, f"{directory}/{number:016x}", kind, encode_json(body))


def put_segment(root, session: str, number: int, packs: list) -> None:
    put(root, f"index/{segment_name(session, number)}", INDEX, encode_segment(packs))


def put_intent(root, session: str) -> None:
    body = {"version": 1, "id": session, "task": "backup", "time": TIME, "host": "", "user": "", "process": 1}
    put(root, f"intents/{session}", INTENT, encode_json(body | {"program": ""}))


def put_abort(root, session: str) -> None:
    body = {"version": 1, "id": session, "time": TIME, "tombstone": 1}
    put(root, f"snapshots/{session}", ABORT, encode_json(body))


def pack_path(root, pack):
    return root / "packs" / pack[0].hex()[:2] / pack[0].hex()


def end_prune(root) -> None:
    """Without the second prune there is the state that a finished one leaves."""
    (root / f"intents/{PRUNING}").unlink()
    (root / f"tombstones/{2:016x}").unlink()


def checked(root) -> Report:
    return check(open_repository(str(root), FULL))


def only(messages: list[str], *parts: str) -> bool:
    """Whether there is one message, and it has the parts."""
    return len(messages) == 1 and all(part in messages[0] for part in parts)


# As it should be


def test_what_stays_after_a_prune_is_nothing_to_report(root):
    end_prune(root)
    report = checked(root)
    assert (report.problems, report.notices, report.fenced) == ([], [], 1)


def test_a_fenced_session_may_have_lost_its_segments_but_for_the_fence_and_may_have_two(root):
    end_prune(root)
    (root / f"index/{FENCED}-00000001").unlink()
    pack_path(root, ORPHANED).unlink()
    put_segment(root, FENCED, 3, [])
    report = checked(root)
    assert (report.problems, report.notices, report.fenced) == ([], [], 1)


# Cut off


def test_a_prune_that_was_cut_off_before_its_sweep_record_is_noted(root):
    report = checked(root)
    assert report.problems == []
    assert sorted(notice.partition("/")[0] for notice in report.notices) == ["intents", "tombstones"]
    assert any("'prune'" in notice and "cut off" in notice for notice in report.notices)


@pytest.mark.parametrize("removed", [False, True])
def test_a_prune_that_was_cut_off_while_it_removed_packs_is_noted(root, removed):
    (root / f"intents/{PRUNING}").unlink()
    put_packs(root, "sweeps", 2, [ORPHANED])
    if removed:
        pack_path(root, ORPHANED).unlink()
    report = checked(root)
    assert report.problems == []
    assert any("are being removed" in notice for notice in report.notices)
    assert any("removed by prune 2" in notice for notice in report.notices) == removed


def test_a_sweep_record_is_noted_when_the_next_prune_is_done_and_not_before(root):
    (root / f"intents/{PRUNING}").unlink()
    (root / f"index/{FENCED}-00000001").unlink()
    pack_path(root, ORPHANED).unlink()
    put_packs(root, "sweeps", 2, [ORPHANED])
    assert not any(notice.startswith("sweeps") for notice in checked(root).notices)
    (root / f"tombstones/{2:016x}").unlink()
    report = checked(root)
    assert report.problems == []
    assert only(report.notices, f"sweeps/{1:016x}", "prune 2")


def test_a_tombstone_below_a_sweep_record_means_nothing(root):
    (root / f"intents/{PRUNING}").unlink()
    put_packs(root, "sweeps", 3, [])
    (root / f"sweeps/{1:016x}").unlink()
    report = checked(root)
    assert report.problems == []
    assert only(report.notices, f"tombstones/{2:016x}", "means nothing")


def test_a_fence_that_is_not_whole_is_noted_while_the_intent_stands(root):
    end_prune(root)
    session = "ab" * 16
    put_abort(root, session)
    assert only(checked(root).problems, session, "no fence")
    put_intent(root, session)
    report = checked(root)
    assert report.problems == []
    assert any("being fenced off" in notice for notice in report.notices)
    put_segment(root, session, 1, [])
    report = checked(root)
    assert report.problems == []
    assert only(report.notices, f"intents/{session}", "was fenced off")


def test_an_intent_whose_snapshot_stands_is_noted(root):
    end_prune(root)
    put_intent(root, SECOND)
    report = checked(root)
    assert report.problems == []
    assert only(report.notices, f"intents/{SECOND}", "has its snapshot")


def test_a_segment_without_packs_that_fences_nobody_off_is_noted(root):
    end_prune(root)
    put_segment(root, FIRST, 3, [])
    report = checked(root)
    assert report.problems == []
    assert only(report.notices, f"index/{FIRST}-00000003")


# Against a rule


def test_a_segment_published_after_the_fence_is_a_problem(root):
    put_segment(root, FENCED, 3, [ORPHANED])
    assert only(checked(root).problems, f"index/{FENCED}-00000003", "after")


@pytest.mark.parametrize("removed", [False, True])
def test_the_index_names_no_packs_of_a_prune_that_is_done(root, removed):
    end_prune(root)
    put_packs(root, "sweeps", 2, [ORPHANED])
    if removed:
        pack_path(root, ORPHANED).unlink()
    assert only(checked(root).problems, ORPHANED[0].hex(), "prune 2 is done")


def test_a_pack_is_not_removed_before_the_sweep_record(root):
    pack_path(root, ORPHANED).unlink()
    assert only(checked(root).problems, ORPHANED[0].hex(), "isn't there")


def test_a_sweep_record_names_packs_of_its_tombstone_only(root):
    put_packs(root, "tombstones", 2, [])
    put_packs(root, "sweeps", 2, [ORPHANED])
    assert only(checked(root).problems, f"sweeps/{2:016x}", ORPHANED[0].hex())


@pytest.mark.parametrize("pack", [DATA_OF_FIRST, METADATA_OF_FIRST])
def test_what_a_snapshot_needs_may_be_condemned_but_not_swept(root, pack):
    put_packs(root, "tombstones", 2, [pack])
    assert checked(root).problems == []
    put_packs(root, "sweeps", 2, [pack])
    problems = checked(root).problems
    assert problems
    assert all("only in packs that a sweep record names" in problem for problem in problems)


def test_what_a_snapshot_needs_may_be_swept_when_it_is_stored_again(root):
    repository = open_repository(str(root), FULL)
    indexed = repository.segment(f"{FIRST}-00000001").packs[0]
    builder = PackBuilder(DATA_PACK, WRITER.uuid, WRITER.public, b"another key pair".ljust(32))
    for frame in indexed.frames:
        builder.frame([(chunk.id, DATA, repository.chunk(chunk.id, DATA)) for chunk in frame.chunks], codec=1)
    name, data = builder.finish()
    again = (name, len(data), builder.header, builder.directory())
    pack_path(root, again).parent.mkdir(exist_ok=True)
    pack_path(root, again).write_bytes(data)
    put_segment(root, PRUNING, 1, [again])
    put_packs(root, "tombstones", 2, [DATA_OF_FIRST])
    put_packs(root, "sweeps", 2, [DATA_OF_FIRST])
    assert checked(root).problems == []
    pack_path(root, DATA_OF_FIRST).unlink()
    assert checked(root).problems == []
