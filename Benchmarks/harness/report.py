"""What was wanted, what came out, and the table of both."""
import dataclasses
import statistics

from .work import FRESH_SIZE, PRUNED_SIZE

PEAK_MEMORY_MIB = 128


@dataclasses.dataclass
class Wanted:
    """So many times as fast as a peer, or at most such a part of its size."""

    factor: float
    peer: str  # or "better": whichever peer did better

    def of(self, row):
        """The peer's figure; None if it is not there."""
        peers = {name: value for name, value in row.items() if name != "firn"}
        return min(peers.values(), default=None) if self.peer == "better" else peers.get(self.peer)


WANTED = {
    "first backup": Wanted(4, "restic"),
    "backup, nothing changed": Wanted(15, "restic"),
    "backup, next version": Wanted(5, "restic"),
    "restore": Wanted(4, "restic"),
    "list one snapshot": Wanted(15, "restic"),
    "check, all data": Wanted(4, "restic"),
    "forget to the last one, prune": Wanted(6, "better"),
    "size, both versions": Wanted(0.76, "better"),
    "tar, growth by the next version": Wanted(0.36, "restic"),
    "random bytes": Wanted(2.5, "restic"),
    "disk image, first": Wanted(4, "better"),
    "disk image, next version": Wanted(4, "restic"),
    "disk image, restore": Wanted(3, "restic"),
    "sftp, 0 ms: first backup": Wanted(3, "restic"),
    "sftp, 0 ms: restore": Wanted(3, "restic"),
    "sftp, 10 ms: first backup": Wanted(5, "restic"),
    "sftp, 10 ms: restore": Wanted(5, "restic"),
}
LINK_SHARE = 0.9


def medians(samples, key):
    """By step and program, where there are samples with that figure."""
    return {
        step: {
            name: statistics.median(sample[key] for sample in taken)
            for name, taken in programs.items() if taken and key in taken[0]}
        for step, programs in samples.items()
    }


def peaks(samples):
    """The most memory that a program took, by step."""
    return {
        step: {name: max(s["peakMiB"] for s in taken) for name, taken in programs.items() if taken and "peakMiB" in taken[0]}
        for step, programs in samples.items()
    }


def verdict(step, row, is_time):
    """What was wanted, and whether it is met."""
    wanted = WANTED.get(step)
    if not wanted:
        return "", ""
    peer = wanted.of(row)
    text = (
        f"{wanted.peer} ÷ firn ≥ {wanted.factor:g}" if is_time else f"firn ÷ {wanted.peer} ≤ {wanted.factor:g}")
    if peer is None or "firn" not in row:
        return text, "not judged"
    ratio = peer / row["firn"] if is_time else row["firn"] / peer
    is_met = ratio >= wanted.factor if is_time else ratio <= wanted.factor
    return text, f"{ratio:.2f}: {'met' if is_met else '**not met**'}"


def line(*cells):
    return "| " + " | ".join(cells) + " |"


def compared(step, row, programs, show, is_time):
    """A line: each program's figure, the peers' as multiples of Firn's, what was wanted."""
    figures = [show(row[name]) if name in row else "–" for name in programs]
    ratios = [
        f"{row[name] / row['firn']:.2f}" if name in row and row.get("firn") else "–" for name in programs if name != "firn"]
    return line(step, *figures, *ratios, *verdict(step, row, is_time))


def excess_line(sizes, programs):
    """How much larger a repository is than it need be, after all but one snapshot were forgotten."""
    pruned, fresh = sizes[PRUNED_SIZE], sizes[FRESH_SIZE]
    cells = [f"{100 * (pruned[name] / fresh[name] - 1):.1f} %" if fresh.get(name) else "–" for name in programs]
    return line("size after the prune, above fresh", *cells, *["–" for name in programs if name != "firn"], "", "")


def share_line(step, row, programs):
    """Which part of a link each program used."""
    met = ("met" if row["firn"] >= LINK_SHARE else "**not met**") if "firn" in row else "not judged"
    return line(
        step, *[f"{row[name]:.0%}" if name in row else "–" for name in programs], *["–" for name in programs if name != "firn"],
        f"firn ≥ {LINK_SHARE:.0%}", met)


def memory_line(peaks, programs):
    """The most memory of any step."""
    most = {name: max((row[name] for row in peaks.values() if name in row), default=0) for name in programs}
    ratios = [f"{most[name] / most['firn']:.2f}" if most.get("firn") else "–" for name in programs if name != "firn"]
    met = ("met" if most["firn"] <= PEAK_MEMORY_MIB else "**not met**") if "firn" in most else "not judged"
    return line(
        "peak memory, any of these", *[f"{most[name]:.0f} MiB" for name in programs], *ratios, f"firn ≤ {PEAK_MEMORY_MIB} MiB", met)


def tables(samples, programs):
    """Times and sizes with what was wanted, then memory step by step, as Markdown."""
    seconds, sizes, memory = medians(samples, "seconds"), medians(samples, "bytes"), peaks(samples)
    shares = medians(samples, "share")
    peers = [name for name in programs if name != "firn"]
    lines = [
        line("work", *programs, *[f"{name} ÷ firn" for name in peers], "wanted", "got"),
        "|---" * (len(programs) + len(peers) + 3) + "|"]
    for step in samples:
        if seconds[step]:
            lines.append(compared(step, seconds[step], programs, lambda value: f"{value:.2f} s", True))
        elif sizes[step]:
            lines.append(compared(step, sizes[step], programs, lambda value: f"{value / 1e6:.1f} MB", False))
        elif shares[step]:
            lines.append(share_line(step, shares[step], programs))
        if step == FRESH_SIZE:
            lines.append(excess_line(sizes, programs))
    lines.append(memory_line(memory, programs))
    lines += ["", line("peak memory", *programs), "|---" * (len(programs) + 1) + "|"]
    for step, row in memory.items():
        if row:
            lines.append(line(step, *[f"{row[name]:.0f} MiB" if name in row else "–" for name in programs]))
    return "\n".join(lines)
