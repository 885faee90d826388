"""Takes one thing away from a copy of the product at a time and demands that a test fails.

usage: run.py [NUMBER…]   (all sabotages unless told; `--list` prints them)
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from sabotages import SABOTAGES

ROOT = Path(__file__).resolve().parents[2]


def swift(copy: Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(["swift", *arguments], cwd=copy, capture_output=True, text=True)


def check(copy: Path, number: int) -> str | None:
    """What is wrong; None if the sabotage makes a test fail."""
    what, name, text, replacement, tests = SABOTAGES[number]
    path = copy / name
    original = path.read_text()
    if original.count(text) != 1:
        return f"the text stands {original.count(text)} times in {name}"
    path.write_text(original.replace(text, replacement))
    try:
        built = swift(copy, "build", "--build-tests")
        if built.returncode:
            return "it doesn't build:\n" + "\n".join(line for line in built.stdout.splitlines() if "error:" in line)
        tested = swift(copy, "test", "--skip-build", "--disable-xctest", "--filter", tests)
        if tested.returncode == 0:
            return f"no test of {tests} fails"
        return None
    finally:
        path.write_text(original)


def main() -> int:
    if sys.argv[1:] == ["--list"]:
        for number, sabotage in enumerate(SABOTAGES):
            print(f"{number:3} without: {sabotage[0]}")
        return 0
    numbers = [int(argument) for argument in sys.argv[1:]] or range(len(SABOTAGES))
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
