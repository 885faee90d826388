"""The points at which a scenario's command is interrupted, and one such interruption."""

import random
from dataclasses import dataclass

import calls
import judge
from tracer import Plan

KILLS = ("kill", "tear")


@dataclass(frozen=True)
class Point:
    """The `number`th call of a kind in an area, and what happens there."""

    action: str
    area: str
    call: str
    number: int

    def __str__(self):
        return f"{self.action}:{self.area}:{self.call}:{self.number}"

    @staticmethod
    def parse(text):
        action, area, call, number = text.split(":")
        return Point(action, area, call, int(number))

    @property
    def kind(self):
        return "kill" if self.action in KILLS else "error"


def start(world, scenario):
    """Makes and saves what the scenario begins with."""
    world.clear(scenario.name)
    facts = scenario.prepare(world, scenario.name)
    world.save(scenario.name)
    facts.indexed = judge.indexed_packs(world)
    return facts


def enumerate_points(world, scenario):
    """All points of an undisturbed run."""
    world.load(scenario.name)
    outcome = world.traced(scenario.command, reads=True)
    if outcome.status != scenario.status:
        raise RuntimeError(f"{scenario.name} ended with {outcome.status} undisturbed: {outcome.told()}")
    points = []
    for (area, call), count in sorted(outcome.counts.items()):
        for action in _actions(area, call):
            points += [Point(action, area, call, number) for number in range(1, count + 1)]
    return points


def of_turn(found, turn):
    """All kills, and of the ways in which each call may fail one; another one in each turn."""
    calls_failing = {}
    for point in found:
        if point.kind == "error":
            calls_failing.setdefault((point.area, point.call, point.number), []).append(point)
    errors = [ways[(turn + index) % len(ways)] for index, ways in enumerate(calls_failing.values())]
    return [point for point in found if point.kind == "kill"] + errors


def _actions(area, call):
    if call in judge.READING:
        return ("EIO",) if area == "repository" else ()
    actions = ["kill", "EIO"]
    if call in calls.LENGTH_ARGUMENT:
        actions += ["tear", "short", "EINTR"]
    if call in calls.SPACE_CALLS:
        actions += ["ENOSPC", "EDQUOT", "full"]
    if call in calls.LATE_CALLS and area == "repository":
        actions.append("late")
    return actions


def interrupt(world, scenario, facts, point, lies=()):
    """Runs the command with the interruption. Gives whether it came to that, and None or what was wrong then."""
    world.load(scenario.name)
    reads = point.call in judge.READING
    plan = Plan(point.action, point.area, point.call, point.number)
    outcome = world.traced(scenario.command, [*lies, plan], reads)
    if not outcome.struck or (point.kind == "kill" and not outcome.killed):
        # Threads make the numbers differ a little: the last ones may not be reached.
        undisturbed = outcome.status == scenario.status
        return False, None if undisturbed else f"undisturbed, it ended with {outcome.status}: {outcome.told()}"
    if point.kind == "error" and point.action != "lie":
        if problem := judge.error_is_told(world, scenario, point, outcome):
            return True, problem
    deep = random.Random(str(point)).random() < 0.12
    return True, judge.aftermath(world, facts, scenario, point, outcome, deep)
