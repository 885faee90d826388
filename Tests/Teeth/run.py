"""Takes one thing away from a copy of the product at a time and demands that a test fails, which passes otherwise.

A test that hangs has noticed too.

usage: run.py [NUMBER…]   (all sabotages unless told; `--list` prints them, and sees whether their texts still stand there)
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from sabotages import SABOTAGES

ROOT = Path(__file__).resolve().parents[2]
HANGING = 600


def swift(copy: Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(["swift", *arguments], cwd=copy, capture_output=True, text=True)


def descendants(parent: int) -> list[int]:
    children = subprocess.run(["pgrep", "-P", str(parent)], capture_output=True, text=True).stdout.split()
    return [pid for child in children for pid in [*descendants(int(child)), int(child)]]


def passes(copy: Path, tests: str) -> bool:
    """Whether the tests, built before, pass in time."""
    process = subprocess.Popen(["swift", "test", "--skip-build", "--disable-xctest", "--filter", tests], cwd=copy,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        return process.wait(timeout=HANGING) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        if process.poll() is None:
            # What it has started is in a process group of its own.
            for pid in [*descendants(process.pid), process.pid]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.wait()


def stale(number: int) -> str | None:
    """Why a sabotage can't be done any more; None if it can."""
    _, name, text, _, _ = SABOTAGES[number]
    path = ROOT / name
    count = path.read_text().count(text) if path.exists() else 0
    return None if count == 1 else f"the text stands {count} times in {name}"


def check(copy: Path, number: int) -> str | None:
    """What is wrong; None if the sabotage makes a test fail."""
    _, name, text, replacement, tests = SABOTAGES[number]
    path = copy / name
    original = path.read_text()
    path.write_text(original.replace(text, replacement))
    try:
        built = swift(copy, "build", "--build-tests")
        if built.returncode:
            return "it doesn't build:\n" + "\n".join(line for line in built.stdout.splitlines() if "error:" in line)
        if passes(copy, tests):
            return f"no test of {tests} fails"
        return None
    finally:
        path.write_text(original)


def main() -> int:
    is_list = sys.argv[1:] == ["--list"]
    numbers = [int(argument) for argument in sys.argv[1:] if not is_list] or range(len(SABOTAGES))
    problems = {number: problem for number in numbers if (problem := stale(number))}
    for number in numbers if is_list else problems:
        print(f"{number:3} without {SABOTAGES[number][0]}" + (f": {problems[number]}" if number in problems else ""))
    if is_list or problems:
        return 1 if problems else 0
    failures = 0
    with tempfile.TemporaryDirectory(prefix="firn-teeth-") as directory:
        copy = Path(directory) / "copy"
        shutil.copytree(ROOT, copy, symlinks=True, ignore=shutil.ignore_patterns(".build*", ".git"))
        # What is taken away leaves unused names behind.
        package = copy / "Package.swift"
        package.write_text(package.read_text().replace(".treatAllWarnings(as: .error),", ""))
        built = swift(copy, "build", "--build-tests")
        if built.returncode:
            print(built.stdout[-2000:])
            return 1
        baseline = "|".join(sorted({tests for number in numbers for tests in SABOTAGES[number][4].split("|")}))
        if not passes(copy, baseline):
            print(f"tests fail though nothing is taken away: swift test --filter '{baseline}'")
            return 1
        for number in numbers:
            problem = check(copy, number)
            failures += problem is not None
            print(f"{number:3} {'NOT NOTICED' if problem else 'noticed'}: without {SABOTAGES[number][0]}", flush=True)
            if problem:
                print(f"    {problem}", flush=True)
    print(f"{len(numbers)} sabotages, {failures} not noticed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
