"""What sessions and prunes leave in a repository: as it should be, unfinished, or against a rule.

Abort records, fences and the newest sweep record stay after a prune, so they are nothing to report.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from .index import Segment
from .records import ABORT, INTENT, SWEEP, TOMBSTONE
from .report import Report


@dataclass
class SmallRecords:
    """The intents, abort records, tombstones and sweep records that could be read."""

    intents: dict[str, str] = field(default_factory=dict)  # session to task
    aborts: set[str] = field(default_factory=set)
    tombstones: dict[int, set[str]] = field(default_factory=dict)  # number to packs
    sweeps: dict[int, set[str]] = field(default_factory=dict)

    def add(self, kind: int, value: dict[str, Any]) -> None:
        if kind == INTENT:
            self.intents[value["id"]] = value["task"]
        elif kind == ABORT:
            self.aborts.add(value["id"])
        elif kind == TOMBSTONE:
            self.tombstones[value["number"]] = set(value["packs"])
        elif kind == SWEEP:
            self.sweeps[value["number"]] = set(value["packs"])

    def swept(self) -> dict[str, int]:
        """The packs that sweep records name, with the number of the latest one."""
        return {pack: number for number in sorted(self.sweeps) for pack in self.sweeps[number]}

    def is_open(self, number: int) -> bool:
        """Whether the tombstone stands and means something, so that writers avoid the packs it names."""
        return number in self.tombstones and number >= max(self.sweeps, default=0)


def judge_prunes(records: SmallRecords, report: Report) -> None:
    newest = max(records.sweeps, default=0)
    for number, condemned in records.tombstones.items():
        what = f"tombstones/{number:016x}"
        if not records.is_open(number):
            report.notices.append(f"{what}: means nothing after sweep record {newest}")
        elif number in records.sweeps:
            report.notices.append(f"{what}: its packs are being removed, or that was cut off")
        else:
            report.notices.append(f"{what}: a prune runs, or was cut off before its sweep record")
        for pack in sorted(records.sweeps.get(number, set()) - condemned):
            report.problems.append(f"sweeps/{number:016x}: names pack {pack}, which its tombstone doesn't")
    for number in records.sweeps:
        if number < newest and not records.is_open(newest):
            report.notices.append(f"sweeps/{number:016x}: prune {newest}, which is done, hasn't removed it")


def judge_sessions(records: SmallRecords, segments: list[Segment], snapshots: set[str], report: Report) -> None:
    """`snapshots` are the sessions that ended in one."""
    published: dict[str, list[Segment]] = defaultdict(list)
    for segment in segments:
        published[segment.session].append(segment)
        if not segment.packs and segment.session not in records.aborts:
            report.notices.append(f"index/{segment.name}: has no packs and fences nobody off")
    for session in sorted(records.aborts):
        fences = [segment.number for segment in published[session] if not segment.packs]
        if fences:
            report.fenced += 1
        elif session in records.intents:
            report.notices.append(f"snapshots/{session}: the session is being fenced off, or that was cut off")
        else:
            report.problems.append(f"snapshots/{session}: is an abort record, but the index has no fence")
        for segment in published[session]:
            if segment.packs and fences and segment.number > min(fences):
                report.problems.append(f"index/{segment.name}: was published after its session was fenced off")
    for session, task in records.intents.items():
        ended = "was fenced off" if session in records.aborts else "has its snapshot" if session in snapshots else None
        state = f"{ended}, only its intent is left" if ended else "runs or was cut off"
        report.notices.append(f"intents/{session}: this session ({task!r}) {state}")


def judge_index(records: SmallRecords, segments: list[Segment], present: set[str], report: Report) -> None:
    """A prune removes packs from the index first, then the packs, then its tombstone, which keeps writers off them."""
    listed = {pack.name for segment in segments for pack in segment.packs}
    swept = records.swept()
    for pack in sorted(listed):
        if pack in swept and not records.is_open(swept[pack]):
            report.problems.append(f"pack {pack}: stands in the index, but prune {swept[pack]} is done and removed it")
        elif pack not in present and pack in swept:
            report.notices.append(f"pack {pack}: stands in the index still, removed by prune {swept[pack]}")
        elif pack not in present:
            report.problems.append(f"pack {pack}: stands in the index but isn't there")
    report.notices += [f"pack {name}: stands in no index segment" for name in sorted(present - listed)]
