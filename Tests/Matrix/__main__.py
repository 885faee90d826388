"""Everything that works on a repository in a directory works on one on a server, on a volume and on a raw device: one story, told
of each kind."""

import argparse
import concurrent.futures
import os
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, *(os.path.join(os.path.dirname(HERE), name) for name in ("Harness", "FormatReader"))]

from places import KINDS  # noqa: E402
from process import exit_with  # noqa: E402
from story import Story, Wrong  # noqa: E402


def tell(kind, options):
    """Whether the story came to its end."""
    work = tempfile.mkdtemp(prefix=f"firn-matrix-{kind}-", dir=options.directory)
    place = KINDS[kind](work)
    try:
        Story(options, place, work).run()
        return True
    except Wrong as error:
        print(f"FAILED: {kind}: {error}", file=sys.stderr)
        return False
    finally:
        place.close()
        shutil.rmtree(work)


def main():
    parser = argparse.ArgumentParser(prog="Scripts/matrix", description=__doc__)
    parser.add_argument("--firn", required=True, help="the command")
    parser.add_argument("--kind", action="append", choices=KINDS, help="only this one (may be repeated)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--directory", default="/var/tmp", help="where the places are made")
    options = parser.parse_args()
    options.firn = os.path.realpath(options.firn)
    kinds = options.kind or list(KINDS)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as workers:
        passed = sum(workers.map(lambda kind: tell(kind, options), kinds))
    print(f"{passed} kinds of place passed, {len(kinds) - passed} failed")
    return 0 if passed == len(kinds) else 1


if __name__ == "__main__":
    exit_with(main)
