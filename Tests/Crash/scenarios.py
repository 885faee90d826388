"""What is interrupted: each scenario says how it begins, what command runs, and what must hold whatever happens to it.

A new command needs one entry in `TABLE` at the end.
"""

from dataclasses import dataclass

import starts
from starts import PRUNE, PRUNE_OPTIONS
from world import lines


@dataclass(frozen=True)
class Scenario:
    name: str
    # Makes the start in `live/`.
    prepare: object
    command: tuple
    # Whether packs that were indexed may become unreferenced, as in a prune that was cut off.
    drops_packs: bool = False
    # How the command ends undisturbed.
    status: int = 0
    # Exit codes of the next run when the first one had done its work although it was cut off.
    done_codes: tuple = ()
    # Another password that may have taken the place of the first.
    other_password: str | None = None
    # Passwords that open, or no more, once the command is acknowledged.
    added_password: str | None = None
    removed_password: str | None = None
    # What is damaged is rebuilt from parity.
    heals: bool = False
    # Errors that `check` finds for good, since something was lost before the command.
    remains: tuple = ()
    # Other findings that are allowed.
    allows: tuple = ()
    # What the command needs is in the cache only, so that must stay.
    keeps_cache: bool = False
    creates: bool = False

    @property
    def verb(self):
        return self.command[0]

    @property
    def prunes(self):
        return "prune" in self.command or "--prune" in self.command

    def acknowledged(self, outcome, facts):
        """The snapshots that the command has said are saved."""
        found = {}
        for line in lines(outcome.output):
            if facts.saving and line.get("snapshot_id"):
                found[line["snapshot_id"]] = facts.saving
            if facts.successor and line.get("new_id"):
                found[line["new_id"]] = facts.successor
        return found


BACKUP = ("backup", "{source}", "--json")
KEEP = ("forget", "--keep-last", "1")
NEW_PASSWORD = ("--new-password-file", "{root}/password-other", "--kdf-cost", "14")
COPY = ("copy", "-r", "{elsewhere}", "--to", "{repository}", "--to-password-file", "{root}/password-target", "--json")
CHUNKS_LOST = ("chunkMissing",)

TABLE = [
    Scenario("init", starts.nothing, ("init", "--kdf-cost", "14"), creates=True, done_codes=(1,)),
    Scenario("init-parity", starts.nothing, ("init", "--kdf-cost", "14", "--parity", "3%"), creates=True, done_codes=(1,)),
    Scenario("backup-first", starts.empty, BACKUP),
    Scenario("backup-next", starts.one_snapshot, BACKUP),
    Scenario("backup-new-cache", starts.no_cache, BACKUP),
    Scenario("backup-again", starts.cut_off, BACKUP),
    Scenario("backup-parity", starts.one_snapshot_with_parity, BACKUP),
    Scenario("forget", starts.first_two_leave, KEEP),
    Scenario("forget-named", starts.first_leaves, ("forget", "{first}"), done_codes=(1,)),
    Scenario("forget-prune", starts.first_two_leave, (*KEEP, *PRUNE_OPTIONS, "--prune"), drops_packs=True),
    Scenario("prune", starts.garbage, PRUNE, drops_packs=True),
    Scenario("prune-parity", starts.garbage_with_parity, PRUNE, drops_packs=True),
    Scenario("prune-and-fence", starts.garbage_and_cut_off_backup, PRUNE, drops_packs=True),
    Scenario("prune-again", starts.cut_off_prune, PRUNE, drops_packs=True),
    Scenario("prune-sweep-again", starts.cut_off_sweep, PRUNE, drops_packs=True),
    Scenario("tag", starts.one_to_tag, ("tag", "--all", "--add", "kept", "--json")),
    Scenario("rewrite", starts.one_to_copy, ("rewrite", "--all", "--exclude", "d5", "--json")),
    Scenario("rewrite-forget", starts.one_to_rewrite, ("rewrite", "--all", "--exclude", "d5", "--forget", "--json")),
    Scenario("copy", starts.elsewhere, COPY),
    Scenario("copy-like", starts.elsewhere_alike, COPY),
    Scenario("repair-index", starts.damaged_index, ("repair", "index")),
    Scenario("repair-index-parity", starts.damaged_index_with_parity, ("repair", "index", "--read-all"), heals=True),
    Scenario("repair-packs", starts.damaged_packs, ("repair", "packs"), drops_packs=True),
    Scenario("repair-packs-lossy", starts.damaged_frame, ("repair", "packs"), drops_packs=True, status=13,
             done_codes=(13,), remains=CHUNKS_LOST),
    Scenario("repair-packs-parity", starts.damaged_packs_with_parity, ("repair", "packs"), heals=True),
    Scenario("repair-snapshots", starts.damaged_snapshot, ("repair", "snapshots"), keeps_cache=True,
             # What is put back is sealed anew, so the next snapshot names another object as the one before it.
             allows=("sequence",)),
    Scenario("repair-snapshots-parity", starts.damaged_snapshot_with_parity, ("repair", "snapshots"), heals=True),
    Scenario("repair-snapshots-lossy", starts.lost_frame, ("repair", "snapshots", "--forget", "--json"), drops_packs=True),
    Scenario("check-repair", starts.damaged_with_parity, ("check", "--repair", "--read-data")),
    Scenario("key-add", starts.snapshots_without_key, ("key", "add", *NEW_PASSWORD), done_codes=(2,), added_password="other"),
    Scenario("key-change", starts.snapshots_without_key, ("key", "change", *NEW_PASSWORD), done_codes=(12,),
             other_password="other"),
    Scenario("key-remove", starts.second_key, ("key", "remove", "{slot}"), done_codes=(1,), removed_password="other"),
]
