"""Where measured commands read and write: mounts that nobody else sees, file systems of their own, sizes."""
import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).parents[2] / "Tests" / "PowerLoss"))
from mounts import leave_the_others, unmount  # noqa: E402


def complain(text):
    print(text, file=sys.stderr)


@contextlib.contextmanager
def temporary(purpose):
    """A directory for as long as the block goes on: in TMPDIR, else in /var/tmp, since /tmp may be memory."""
    with tempfile.TemporaryDirectory(prefix=f"firn-{purpose}-", dir=os.environ.get("TMPDIR", "/var/tmp")) as place:
        yield pathlib.Path(place)


def need_mounts():
    """Ends with a sentence where mounting is not allowed."""
    try:
        leave_the_others()
    except OSError as error:
        sys.exit(str(error))


def has_ssh_server():
    if os.access("/usr/sbin/sshd", os.X_OK):
        return True
    complain("the group sftp is left out: there is no /usr/sbin/sshd")
    return False


@contextlib.contextmanager
def mounted(source, place):
    """A directory in the place of the directory `place`, or a file in it: for reading only, so that nothing that goes wrong here
    can touch it."""
    if source.is_file():
        place = place / ("content" + source.suffix)
        place.touch()
    subprocess.run(["mount", "-o", "bind,ro", source, place], check=True)
    try:
        yield
    finally:
        unmount(str(place))


@contextlib.contextmanager
def fresh_file_system(work, size, files, options=()):
    """An ext4 with much room for so many files of so many bytes together, and nothing that is done later by the kernel.

    One that is soon to be half full writes at once what is given to it.
    """
    image, place = work / "ext4.img", work / "ext4"
    place.mkdir(exist_ok=True)
    inodes = files + files // 8 + 1024
    with open(image, "wb") as file:
        file.truncate(4 * size + inodes * 512 + (1 << 30))
    subprocess.run(
        ["mkfs.ext4", "-q", "-m", "0", "-N", str(inodes), "-E", "lazy_itable_init=0,lazy_journal_init=0", *options, image],
        check=True)
    subprocess.run(["mount", "-o", "loop", image, place], check=True)
    try:
        yield place
    finally:
        unmount(str(place))
        image.unlink()


def regular_files(place):
    place = pathlib.Path(place)
    return [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file() and not path.is_symlink()]


def size(place):
    """The length of all files in bytes."""
    return sum(path.stat().st_size for path in regular_files(place))


def extent(place):
    """How many entries there are, and how many bytes they take when each ends in a block of its own."""
    entries = 1 + (0 if place.is_file() else sum(1 for _ in place.rglob("*")))
    return entries, entries * 4096 + size(place)


def read_whole(place):
    """So that nothing of it has to be read from the disk."""
    for path in regular_files(place):
        with open(path, "rb", buffering=0) as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_SEQUENTIAL)
            while file.read(1 << 20):
                pass


def differ(one, other):
    """Whether two directories hold different things."""
    done = subprocess.run(["diff", "-rq", "--no-dereference", one, other], capture_output=True, text=True)
    if done.returncode:
        print("\n".join((done.stdout + done.stderr).splitlines()[:5]), file=sys.stderr)
    return done.returncode != 0
