"""What must hold after a command was cut off or met an error. Each function gives None or what is wrong in words."""

import os
import re

import damage
import trees
from facts import Facts
from world import PASSWORD, lines

# The only things that `check` may find after an interruption, and that no snapshot needs.
LEFTOVERS = {("note", "stagedUpload"), ("note", "unfinishedPrune"), ("note", "chunkDuplicated"),
             # Some of the snapshots that were to be forgotten have gone.
             ("note", "sequence"),
             # Parity is stored after its object, and removed after it.
             ("warning", "parityMissing"), ("note", "parityMissing"), ("note", "parityOrphaned")}
# A note while the intent of whoever was cut off stands.
UNREFERENCED = {("warning", "packUnreferenced"), ("note", "packUnreferenced")}
READING = ("opening", "read", "pread64", "getdents64")

# Calls whose failure needs not fail the command, each with the reason.
HARMLESS = [
    ("cache", None, r"", "the cache is only a copy"),
    ("repository", "unlinkat", r"/tmp/", "what is staged and not needed is found by check, and removed by prune"),
    ("repository", "unlinkat", r"/intents/", "an intent that stays is seen to by the next prune"),
    ("repository", "fsync", r"/intents$", "the removal of an intent need not be durable"),
    ("repository", None, r"/reserve$", "a repository without a reserve only can't be pruned on a full disk"),
    ("repository", "sync_file_range", r"", "it only begins what fsync does"),
    # The same on a volume, where paths say what the log is told.
    ("repository", None, r"/repository/unstage/[0-9a-f]*$", "what is staged and not needed is found by check"),
    ("repository", None, r"/repository/remove/intents/", "an intent that stays is seen to by the next prune"),
    ("repository", "pwrite64", r"/repository/mirror/", "a log that can't be made whole goes on at another place"),
    ("repository", None, r"/repository/reserve/", "a repository without a reserve only can't be pruned on a full disk"),
]


def is_harmless(scenario, point, call, path, before):
    area = point.area
    if call == "fdatasync" and area == "repository":
        # What a volume flushes is what was written just before.
        path = before
    if call in READING and re.search(r"/repository/(log|superblock)$", path):
        # On a volume both are there twice, and are looked at again after each read.
        return True
    if scenario.prunes and point.action in ("ENOSPC", "EDQUOT", "full") and area == "repository":
        # It gives its reserve free and tries again.
        return True
    if scenario.verb == "backup" and call in READING and "/packs/" in path:
        # It reads the trees of the snapshot before, to save time; without them it reads every file.
        return True
    if call in READING and scenario.verb == "key" and "/keys/" in path:
        # A slot that can't be read counts as damaged, and the others are looked at.
        return True
    if call in READING and scenario.verb in ("check", "repair"):
        # What can't be read counts as damaged: parity, of which the rest suffices or is written anew, and a sector of an object
        # that is being rebuilt.
        if re.search("/parity(/|$)" + (f"|/{scenario.command[1]}/" if scenario.heals else ""), path):
            return True
        # What can't be read is read again and is found sound then; a place that is lost can't be read again either.
        return scenario.verb == "check" or "packs" in scenario.command and "/packs/" in path
    if call == "fsync" and before.endswith("/reserve"):
        # The directory is flushed once more when a repository is made, and the reserve is no loss otherwise.
        return True
    return any(
        area == known_area and known_call in (None, call) and re.search(pattern, path)
        for known_area, known_call, pattern, _ in HARMLESS)


def check(world, facts, scenario, reads_data=False, strict=False):
    """Whether `check` is content but for leftovers; strictly: but for notes."""
    outcome = world.run("check", "--json", *(["--read-data"] if reads_data else []))
    if outcome.status not in (0, 13) or outcome.status == 13 and not scenario.remains:
        return f"check ended with {outcome.status}: {outcome.told()} {outcome.output[:600].decode(errors='replace')}"
    for line in lines(outcome.output):
        if line.get("message_type") != "finding":
            continue
        kind = (line["severity"], line["code"])
        if kind in LEFTOVERS or line["code"] in scenario.remains + scenario.allows:
            continue
        was_indexed = line["object"] in facts.indexed
        if kind in UNREFERENCED and not strict and (scenario.drops_packs or not was_indexed):
            continue
        return f"check found {kind} {line['object']}: {line['message']}"
    return None


def indexed_packs(world):
    """The packs that the index names, as `check` names them."""
    names = {f"packs/{os.path.basename(path)}" for path in damage.objects(world, "packs")}
    if not names:
        return set()
    found = lines(world.run("check", "--json").output)
    return names - {line["object"] for line in found if line.get("code") == "packUnreferenced"}


def restores(world, facts, scenario, acknowledged, is_done=False):
    """Whether every acknowledged snapshot comes back as it was; once the command is done, also whether it did its work."""
    expected = facts.snapshots | acknowledged
    if facts.leaving or facts.successor:
        listed = world.snapshots()
        successors = [snapshot for snapshot in listed if snapshot not in facts.snapshots]
        for snapshot in facts.leaving:
            if snapshot not in listed:
                del expected[snapshot]
            elif is_done:
                return f"{snapshot[:8]} should have gone"
        if facts.successor and not successors and (is_done or not facts.leaving <= expected.keys()):
            return "nothing has come in the place of a snapshot"
        expected |= {successor: facts.successor for successor in successors}
    is_mended = is_done and not scenario.remains
    for snapshot, (source, manifest) in expected.items():
        if facts.readable is not None and not is_mended and snapshot in facts.readable:
            still = world.readable(snapshot, source, manifest)
            if lost := facts.readable[snapshot] - still:
                return f"{snapshot[:8]} has lost {len(lost)} entries that could be restored before, such as {min(lost)!r}"
            continue
        actual = world.restore(snapshot, source)
        if isinstance(actual, str):
            return actual
        if difference := trees.difference(manifest, actual):
            return f"{snapshot[:8]} came back otherwise: {difference}"
    return None


def opens(world, scenario):
    """Whether the passwords open the repository, or do not, as the command has acknowledged."""
    if scenario.added_password and world.run("snapshots", FIRN_PASSWORD=scenario.added_password).status != 0:
        return "the added password does not open the repository"
    if scenario.removed_password and world.run("snapshots", FIRN_PASSWORD=scenario.removed_password).status != 12:
        return "the removed password still opens the repository"
    return None


def error_is_told(world, scenario, point, outcome):
    """Whether the command has dealt with an injected error as it should."""
    call, path, before = outcome.struck[0]
    where = f"{point.action} at {call} of {path}"
    if outcome.status < 0:
        return f"{where}: died by signal {-outcome.status}"
    # LMDB takes a short write for an error, and the cache's next user carries on.
    if point.area == "repository" and point.action in ("short", "EINTR") and call in ("write", "pwrite64", "writev", "pwritev", "read", "pread64"):
        return None if outcome.status == scenario.status else f"{where} wasn't carried on: {outcome.status} {outcome.told()}"
    if outcome.status == 0:
        if point.action == "late" or is_harmless(scenario, point, call, path, before) or point.action == "EINTR":
            return None
        return f"{where}: the command said nothing and ended with 0"
    if outcome.status == scenario.status:
        # Undisturbed it ends so too.
        return None
    told = outcome.told()
    if scenario.verb in ("check", "repair"):
        # What they find is their result.
        told += outcome.output.decode(errors="replace")
    if "/keys/" in path and point.call in ("pread64", "opening") and "key slot" in told:
        # A slot that can't be read counts as damaged, and others are looked at.
        return None
    if world.live not in told and not re.search(r"\b(cache|config|(packs|index|snapshots|intents|keys|tombstones|sweeps)/\w)", told):
        return f"{where}: the message does not say on what: {told!r}"
    if point.action in ("ENOSPC", "full") and outcome.status != 14 and not (scenario.verb, outcome.status) == ("check", 13):
        return f"{where}: a full disk has the exit code {outcome.status}, not 14: {told!r}"
    if scenario.verb == "check" and outcome.status == 13:
        # What was damaged and could not be looked at the first time is reported as damaged.
        return None
    reasons = {"EIO": "input/output|i/o error", "late": "input/output|i/o error", "EDQUOT": "quota", "ENOSPC": "space",
               "full": "space", "EINTR": "interrupted"}
    if not re.search(reasons.get(point.action, ""), told, re.IGNORECASE):
        return f"{where}: the message does not say why: {told!r}"
    return None


def aftermath(world, facts, scenario, point, outcome, deep):
    """Everything after the interruption: what stands, the next run, and what stands then."""
    if scenario.creates:
        return _after_creation(world, scenario, outcome)
    if scenario.other_password and world.run("snapshots").status == 12:
        world.environment["FIRN_PASSWORD"] = scenario.other_password
    acknowledged = scenario.acknowledged(outcome, facts)
    is_done = outcome.status == scenario.status and (outcome.status == 0 or not outcome.struck)
    # Some of the time with the cache that the interruption left, otherwise from the repository alone.
    if point.number % 3 == 0 and not scenario.keeps_cache:
        world.remove_cache()
    if (facts.readable is None or is_done) and (problem := check(world, facts, scenario, reads_data=deep)):
        return "after it, " + problem
    if problem := restores(world, facts, scenario, acknowledged, is_done):
        return "after it, " + problem
    world.environment["FIRN_PASSWORD"] = PASSWORD
    if is_done and (problem := opens(world, scenario)):
        return "after it, " + problem
    again = world.run(*scenario.command)
    if again.status != 0 and again.status not in scenario.done_codes:
        return f"the next run ended with {again.status}: {again.told()}"
    if scenario.other_password:
        world.environment["FIRN_PASSWORD"] = scenario.other_password
    if problem := opens(world, scenario):
        return "after the next run, " + problem
    saved = scenario.acknowledged(again, facts)
    if facts.saving and not saved:
        return "the next run acknowledged nothing"
    # What stands was judged above. What the next run makes of it is looked at after all kills and a part of the errors, and
    # where the command changes nothing that was there, what was there is compared again only now and then.
    changes = facts.leaving or facts.successor or facts.readable is not None
    if point.kind == "error" and not (deep or changes or point.number % 4 == 0):
        return None
    if problem := check(world, facts, scenario):
        return "after the next run, " + problem
    is_new = not (deep or changes)
    if problem := restores(world, Facts() if is_new else facts, scenario, saved, is_done=True):
        return "after the next run, " + problem
    if deep and not scenario.remains:
        if (repaired := world.run("check", "--repair")).status != 0:
            return f"check --repair ended with {repaired.status}: {repaired.told()}"
        cleaned = world.run("prune", "--max-unused", "0%", "--wait-for-backups", "0s", "--fence-after", "0s")
        if cleaned.status != 0:
            return f"the cleaning prune ended with {cleaned.status}: {cleaned.told()}"
        if problem := check(world, facts, scenario, reads_data=True, strict=True):
            return "after the cleaning prune, " + problem
        if problem := restores(world, facts, scenario, acknowledged | saved, is_done=True):
            return "after the cleaning prune, " + problem
    return None


def _after_creation(world, scenario, outcome):
    exists = world.run("snapshots").status != 10
    if outcome.status == 0 and not exists:
        return "the repository that was acknowledged is not there"
    again = world.run(*scenario.command)
    if again.status not in (scenario.done_codes if exists else (0,)):
        return f"the next run ended with {again.status}: {again.told()}"
    checked = world.run("check", "--json")
    findings = [line for line in lines(checked.output) if line.get("message_type") == "finding"]
    findings = [line for line in findings if (line["severity"], line["code"]) not in LEFTOVERS]
    if checked.status != 0 or findings:
        return f"after the next run, check ended with {checked.status}: {checked.told()} {findings}"
    return None
