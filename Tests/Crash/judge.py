"""What must hold after a command was cut off or met an error. Each function gives None or what is wrong in words."""

import os
import re

import trees
from scenarios import Facts
from world import PASSWORD, lines

# The only things that `check` may find after an interruption, and that no snapshot needs.
LEFTOVERS = {("note", "stagedUpload"), ("note", "unfinishedPrune"), ("note", "chunkDuplicated")}
UNREFERENCED = ("warning", "packUnreferenced")

# Calls whose failure needs not fail the command, each with the reason.
HARMLESS = [
    ("cache", None, r"", "the cache is only a copy"),
    ("repository", "unlinkat", r"/tmp/", "what is staged and not needed is found by check, and removed by prune"),
    ("repository", "unlinkat", r"/intents/", "an intent that stays is seen to by the next prune"),
    ("repository", "fsync", r"/intents$", "the removal of an intent need not be durable"),
    ("repository", None, r"/reserve$", "a repository without a reserve only can't be pruned on a full disk"),
    ("repository", "sync_file_range", r"", "it only begins what fsync does"),
]


def is_harmless(scenario, point, call, path, before):
    area = point.area
    if scenario.verb == "prune" and point.action in ("ENOSPC", "EDQUOT", "full") and area == "repository":
        # It gives its reserve free and tries again.
        return True
    if scenario.verb == "backup" and call in ("opening", "pread64", "getdents64") and "/packs/" in path:
        # It reads the trees of the snapshot before, to save time; without them it reads every file.
        return True
    if call == "fsync" and before.endswith("/reserve"):
        # The directory is flushed once more when a repository is made, and the reserve is no loss otherwise.
        return True
    return any(
        area == known_area and known_call in (None, call) and re.search(pattern, path)
        for known_area, known_call, pattern, _ in HARMLESS)


def check(world, facts, scenario, reads_data=False, strict=False):
    """Whether `check` is content but for leftovers; strictly: but for notes."""
    outcome = world.run("check", "--json", *(["--read-data"] if reads_data else []))
    if outcome.status != 0:
        return f"check ended with {outcome.status}: {outcome.told()} {outcome.output[:600].decode(errors='replace')}"
    for line in lines(outcome.output):
        if line.get("message_type") != "finding":
            continue
        kind = (line["severity"], line["code"])
        if kind in LEFTOVERS:
            continue
        was_indexed = line["object"] in facts.indexed
        if kind == UNREFERENCED and not strict and (scenario.drops_packs or not was_indexed):
            continue
        return f"check found {kind} {line['object']}: {line['message']}"
    return None


def indexed_packs(world):
    """The packs that the index names, as `check` names them."""
    if not os.path.exists(f"{world.repository}/config"):
        return set()
    names = {f"packs/{name}" for _, _, names in os.walk(f"{world.repository}/packs") for name in names}
    found = lines(world.must("check", "--json").output)
    return names - {line["object"] for line in found if line.get("code") == UNREFERENCED[1]}


def restores(world, facts, scenario, acknowledged):
    """Whether every acknowledged snapshot comes back as it was."""
    expected = facts.snapshots | acknowledged
    if facts.leaving:
        listed = world.snapshots()
        successors = [snapshot for snapshot in listed if snapshot not in expected]
        for snapshot in facts.leaving:
            saved = expected.pop(snapshot)
            if snapshot in listed:
                expected[snapshot] = saved
            elif scenario.replaces:
                if not successors:
                    return f"{snapshot[:8]} has gone, and nothing has come in its place"
                expected |= {successor: saved for successor in successors}
    for snapshot, (source, manifest) in expected.items():
        actual = world.restore(snapshot, source)
        if isinstance(actual, str):
            return actual
        if difference := trees.difference(manifest, actual):
            return f"{snapshot[:8]} came back otherwise: {difference}"
    return None


def opens(world, password):
    """Whether a password that the command was to add opens the repository, if it was to add one."""
    if password is None or world.run("snapshots", FIRN_PASSWORD=password).status == 0:
        return None
    return "the added password does not open the repository"


def error_is_told(world, scenario, point, outcome):
    """Whether the command has dealt with an injected error as it should."""
    call, path, before = outcome.struck[0]
    where = f"{point.action} at {call} of {path}"
    if outcome.status < 0:
        return f"{where}: died by signal {-outcome.status}"
    # LMDB takes a short write for an error, and the cache's next user carries on.
    if point.area == "repository" and point.action in ("short", "EINTR") and call in ("write", "pwrite64", "writev", "pwritev", "read", "pread64"):
        return None if outcome.status == 0 else f"{where} wasn't carried on: {outcome.status} {outcome.told()}"
    if outcome.status == 0:
        if point.action == "late" or is_harmless(scenario, point, call, path, before) or point.action == "EINTR":
            return None
        return f"{where}: the command said nothing and ended with 0"
    told = outcome.told()
    if "/keys/" in path and point.call in ("pread64", "opening") and "key slot" in told:
        # A slot that can't be read counts as damaged, and others are looked at.
        return None
    if world.live not in told and not re.search(r"\b(cache|config|(packs|index|snapshots|intents|keys|tombstones|sweeps)/\w)", told):
        return f"{where}: the message does not say on what: {told!r}"
    if point.action in ("ENOSPC", "full") and outcome.status != 14:
        return f"{where}: a full disk has the exit code {outcome.status}, not 14: {told!r}"
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
    # Some of the time with the cache that the interruption left, otherwise from the repository alone.
    if point.number % 3 == 0:
        world.remove_cache()
    if problem := check(world, facts, scenario, reads_data=deep):
        return "after it, " + problem
    if problem := restores(world, facts, scenario, acknowledged):
        return "after it, " + problem
    world.environment["FIRN_PASSWORD"] = PASSWORD
    if outcome.status == 0 and (problem := opens(world, scenario.added_password)):
        return "after it, " + problem
    again = world.run(*scenario.command)
    if again.status != 0 and again.status not in scenario.done_codes:
        return f"the next run ended with {again.status}: {again.told()}"
    if scenario.other_password:
        world.environment["FIRN_PASSWORD"] = scenario.other_password
    if problem := opens(world, scenario.added_password):
        return "after the next run, " + problem
    saved = scenario.acknowledged(again, facts)
    if facts.saving and not saved:
        return "the next run acknowledged nothing"
    if problem := check(world, facts, scenario):
        return "after the next run, " + problem
    if problem := restores(world, facts if deep else Facts(), scenario, saved):
        return "after the next run, " + problem
    if deep and "prune" in world.verbs:
        cleaned = world.run("prune", "--max-unused", "0%", "--wait-for-backups", "0s", "--fence-after", "0s")
        if cleaned.status != 0:
            return f"the cleaning prune ended with {cleaned.status}: {cleaned.told()}"
        if problem := check(world, facts, scenario, reads_data=True, strict=True):
            return "after the cleaning prune, " + problem
        if problem := restores(world, facts, scenario, acknowledged | saved):
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
