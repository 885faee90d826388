"""What a scenario begins with, and what is owed whatever happens to its command."""

from dataclasses import dataclass, field


@dataclass
class Facts:
    """What is known when the command begins."""

    # Snapshots that were acknowledged: id to (source, manifest).
    snapshots: dict = field(default_factory=dict)
    # What the command will save, if it saves something: (source, manifest).
    saving: tuple | None = None
    # Snapshots that the command removes.
    leaving: set = field(default_factory=set)
    # What the snapshots that the command makes of others restore: (source, manifest).
    successor: tuple | None = None
    # If something is damaged: of each snapshot, the names of the manifest that come back nevertheless.
    readable: dict | None = None
    # The packs that the index names.
    indexed: set = field(default_factory=set)
