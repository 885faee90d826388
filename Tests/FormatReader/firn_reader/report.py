"""What a check has found."""

from dataclasses import dataclass, field


@dataclass
class Report:
    """`problems` are broken rules; `notices` are states that a crash or another session may leave for a while."""

    problems: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    packs: int = 0
    chunks: int = 0
    snapshots: int = 0
    fenced: int = 0
    nodes: int = 0
