"""Kills the built command at every system call that changes the repository or its cache, and lets every such call fail.

After each: all acknowledged snapshots restore as they were, `check` is content, and the next run succeeds. `calls.py` has
the calls, `tracer.py` interferes with them, `scenarios.py` has the commands, `judge.py` what must hold; `teeth.py` shows that
the rig can fail. Real short writes are made by shortening the length that the kernel sees; a disk that stays full by
refusing everything that takes space from some call on.

What a dead machine loses (unflushed pages) can't be seen this way.
"""

import argparse
import collections
import multiprocessing
import os
import queue
import random
import signal
import subprocess
import sys
import time
import traceback

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path += [os.path.join(TESTS, "Harness"), os.path.join(TESTS, "FormatReader")]

import points  # noqa: E402
import ptrace  # noqa: E402
from scenarios import TABLE  # noqa: E402
from world import World  # noqa: E402

TIMEOUT = 120


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("firn", help="the built command")
    parser.add_argument("--long", action="store_true", help="every call, again and again until the targets are reached")
    parser.add_argument("--kills", type=int, default=5000, help="with --long: at least so many kills")
    parser.add_argument("--errors", type=int, default=5000, help="with --long: at least so many errors")
    parser.add_argument("--seconds", type=float, help="stop after so long (90 without --long)")
    parser.add_argument("--seed", type=int, default=None, help="for the random share without --long")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--scenario", action="append", help="only this one (may be repeated)")
    parser.add_argument("--volume", action="store_true", help="the repository is on a volume, in an image of a device")
    parser.add_argument("--kind", choices=("kill", "error"))
    parser.add_argument("--only", metavar="SCENARIO:ACTION:AREA:CALL:NUMBER", help="one point")
    parser.add_argument("--teeth", action="store_true", help="show that the rig can fail")
    return parser.parse_args()


class Timeout(Exception):
    pass


def _alarm(*_):
    raise Timeout()


def attempt(world, scenario, facts, point, lies=()):
    """One interruption; whatever goes wrong in it is a failure of this point."""
    signal.signal(signal.SIGALRM, _alarm)
    signal.alarm(TIMEOUT)
    try:
        return points.interrupt(world, scenario, facts, point, lies)
    except (Timeout, subprocess.TimeoutExpired):
        return True, f"something hung for {TIMEOUT} s"
    except Exception:
        return True, traceback.format_exc()
    finally:
        signal.alarm(0)


class Worker:
    """Runs a share of the points in a directory of its own."""

    def __init__(self, number, options, results, done, deadline):
        self.number = number
        self.options = options
        self.results = results
        self.done = done
        self.deadline = deadline
        self.scenarios = chosen(options)

    def run(self, root):
        ptrace.die_with_parent()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            world = World(self.options.firn, root, self.options.volume)
            self._long(world) if self.options.long else self._share(world)
        except Exception:
            self.results.put(("broken", traceback.format_exc()))
        self.results.put(("end", self.number))

    def _long(self, world):
        begun = {}
        for turn in range(1000):
            for scenario in self.scenarios:
                if scenario not in begun:
                    facts = points.start(world, scenario)
                    begun[scenario] = facts, self._points(world, scenario)
                facts, found = begun[scenario]
                mine = points.of_turn(found, turn)[self.number::self.options.workers]
                random.Random(turn).shuffle(mine)
                for point in mine:
                    # The first turn goes through all calls, whatever was reached.
                    if time.time() > self.deadline or turn > 0 and self._is_enough(point.kind):
                        continue
                    self._do(world, scenario, facts, point)
            if time.time() > self.deadline or all(self._is_enough(kind) for kind in self._kinds()):
                return

    def _share(self, world):
        mine = self.scenarios[self.number::self.options.workers]
        begun = time.time()
        for index, scenario in enumerate(mine):
            end = begun + (self.deadline - begun) * (index + 1) / len(mine)
            facts = points.start(world, scenario)
            found = self._points(world, scenario)
            random.Random(f"{self.options.seed} {scenario.name}").shuffle(found)
            # However slow the machine is, each scenario is interrupted in each way.
            lacking = {point.kind for point in found}
            for point in found:
                if time.time() > end and point.kind not in lacking:
                    continue
                if self._do(world, scenario, facts, point):
                    lacking.discard(point.kind)

    def _points(self, world, scenario):
        return [point for point in points.enumerate_points(world, scenario) if point.kind in self._kinds()]

    def _kinds(self):
        return wanted_kinds(self.options)

    def _is_enough(self, kind):
        return self.done[kind].value >= (self.options.kills if kind == "kill" else self.options.errors)

    def _do(self, world, scenario, facts, point):
        reached, problem = attempt(world, scenario, facts, point)
        if reached:
            with self.done[point.kind].get_lock():
                self.done[point.kind].value += 1
        self.results.put(("point", scenario.name, point, reached, problem))
        return reached


def chosen(options):
    names = [scenario.name for scenario in TABLE]
    for name in options.scenario or ():
        if name not in names:
            sys.exit(f"there is no scenario {name}; there are {', '.join(names)}")
    return [scenario for scenario in TABLE if not options.scenario or scenario.name in options.scenario]


def run(options, root):
    deadline = time.time() + (options.seconds or (86400 if options.long else 90))
    results = multiprocessing.Queue()
    done = {kind: multiprocessing.Value("i", 0) for kind in ("kill", "error")}
    processes = []
    for number in range(options.workers):
        worker = Worker(number, options, results, done, deadline)
        processes.append(multiprocessing.Process(target=worker.run, args=(f"{root}/w{number}",), daemon=True))
        processes[-1].start()
    table = collections.defaultdict(lambda: [0, 0, 0])
    broken = False
    running = options.workers
    told = time.time()
    while running:
        try:
            message = results.get(timeout=5)
        except queue.Empty:
            if not any(process.is_alive() for process in processes):
                print("a worker died", flush=True)
                broken = True
                break
            continue
        if message[0] == "end":
            running -= 1
        elif message[0] == "broken":
            broken = True
            print(message[1], flush=True)
        else:
            _, scenario, point, reached, problem = message
            if options.long and time.time() > told + 60:
                told = time.time()
                print(f"{done['kill'].value} kills, {done['error'].value} failed calls; now {scenario}", flush=True)
            row = table[point.kind, scenario, point.area, point.call, point.action]
            row[0] += 1
            row[1] += reached
            if problem:
                row[2] += 1
                print(f"FAILED {scenario}:{point}: {problem}\n  repeat: Scripts/crash {'--volume ' if options.volume else ''}--only {scenario}:{point}", flush=True)
    for process in processes:
        process.join(10)
    is_sound = report(table)
    missing = lacking(options, table, done)
    for line in missing:
        print(f"NOT DONE: {line}", flush=True)
    return is_sound and not broken and not missing


def wanted_kinds(options):
    return (options.kind,) if options.kind else ("kill", "error")


def lacking(options, table, done):
    """What should have been interrupted and was not: then that nothing was found says nothing."""
    missing = []
    for scenario in chosen(options):
        for kind in wanted_kinds(options):
            if not any(row[1] for key, row in table.items() if key[:2] == (kind, scenario.name)):
                missing.append(f"{scenario.name}: no {kind}")
    if options.long:
        for kind in wanted_kinds(options):
            target = options.kills if kind == "kill" else options.errors
            if done[kind].value < target:
                missing.append(f"{done[kind].value} of {target} {kind}s")
    return missing


def report(table):
    """Prints what was done; gives whether all was well."""
    for kind, verb in (("kill", "killed"), ("error", "failed calls")):
        rows = {key: row for key, row in table.items() if key[0] == kind}
        if not rows:
            continue
        print(f"\n{'scenario':18}{'area':12}{'call':17}{'action':8}{'points':>8}{verb:>14}{'failures':>10}")
        for key, row in sorted(rows.items()):
            print(f"{key[1]:18}{key[2]:12}{key[3]:17}{key[4]:8}{row[0]:8}{row[1]:14}{row[2]:10}")
        total = [sum(column) for column in zip(*rows.values())]
        print(f"{kind} total: {total[0]} points, {total[1]} {verb}, {total[2]} failures")
    return not any(row[2] for row in table.values())


def one(options, root):
    name, _, rest = options.only.partition(":")
    [scenario] = [scenario for scenario in TABLE if scenario.name == name]
    point = points.Point.parse(rest)
    world = World(options.firn, f"{root}/w0", options.volume)
    facts = points.start(world, scenario)
    reached, problem = attempt(world, scenario, facts, point)
    print(problem or ("nothing is wrong" if reached else "the point was not reached"))
    return problem is None


def main():
    # The workers and what they made go with this process, whatever ends it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    options = arguments()
    if os.uname().machine != "x86_64":
        sys.exit("the crash rig knows the system calls of x86-64 only")
    if options.seed is None:
        options.seed = int(time.time())
    root = World.temporary_root()
    begun = time.time()
    try:
        if options.only:
            good = one(options, root)
        elif options.teeth:
            import teeth

            good = teeth.run(options, root)
        else:
            good = run(options, root)
            print(f"{time.time() - begun:.0f} s" + ("" if options.long else f", seed {options.seed}"))
    finally:
        for worker in multiprocessing.active_children():
            worker.kill()
            worker.join()
        subprocess.run(["rm", "-rf", root], check=True)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
