"""Mounts that nobody else sees and that go with the processes that made them, however those end."""

import contextlib
import ctypes
import os
import subprocess
import sys
import time

CLONE_NEWNS = 0x20000

# How an image is made and mounted. XFS needs 300 MB, of which it leaves nearly all to be a hole.
FILE_SYSTEMS = {
    "ext4": ("32M", ["mkfs.ext4", "-q", "-F", "-m", "0", "-N", "2048", "-J", "size=4",
                     "-E", "lazy_itable_init=0,lazy_journal_init=0"], "data=ordered"),
    # File contents are not written before the names that lead to them: only the files' own flushes keep them.
    "ext4-writeback": ("32M", ["mkfs.ext4", "-q", "-F", "-m", "0", "-N", "2048", "-J", "size=4",
                               "-E", "lazy_itable_init=0,lazy_journal_init=0"], "data=writeback"),
    "xfs": ("300M", ["mkfs.xfs", "-q", "-f"], "noquota"),
}
# No file system at all: the repository lies on the device itself.
VOLUME = "volume"
KINDS = [*FILE_SYSTEMS, VOLUME]
VOLUME_SIZE = "32M"


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip() or done.returncode}")


def leave_the_others():
    """Gives this process a mount namespace of its own. The kernel unmounts all in it when its last process ends."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS):
        raise OSError(f"a mount namespace is refused ({os.strerror(ctypes.get_errno())}): "
                      "run this as root, in a container with CAP_SYS_ADMIN")
    run("mount", "--make-rprivate", "/")


def make_file_system(kind, image, firn):
    if kind == VOLUME:
        run("truncate", "-s", VOLUME_SIZE, image)
        return run(firn, "volume", "format", image)
    size, command, _ = FILE_SYSTEMS[kind]
    run("truncate", "-s", size, image)
    run(*command, image)


@contextlib.contextmanager
def repository_on(kind, image, place, as_device=False):
    """Where the repository is in `image`, whose file system is mounted at `place`. A volume is used as it is, or as a device."""
    if kind != VOLUME:
        with mounted(kind, image, place):
            yield os.path.join(place, "repository")
    elif not as_device:
        yield f"blockdev:{image}"
    else:
        device = subprocess.run(["losetup", "--find", "--show", image], capture_output=True, text=True, check=True).stdout.strip()
        opened = os.open(device, os.O_RDONLY)
        try:
            # It frees itself when nobody has it open any more, however this process ends.
            run("losetup", "--detach", device)
            yield f"blockdev:{device}"
        finally:
            os.close(opened)


@contextlib.contextmanager
def mounted(kind, image, place):
    """The file system in `image`, mounted; its loop device frees itself when it is unmounted."""
    run("mount", "-t", kind.partition("-")[0], "-o", f"loop,noatime,{FILE_SYSTEMS[kind][2]}", image, place)
    try:
        yield
    finally:
        unmount(place)


@contextlib.contextmanager
def logged_disk(image, log, place):
    """A FUSE file with the image's content, whose writes and flushes go to `log`; yields its path."""
    program = os.path.join(os.path.dirname(__file__), "disk.py")
    server = subprocess.Popen([sys.executable, program, place, image, log], stdout=subprocess.PIPE,
                              start_new_session=True)
    try:
        if server.stdout.readline() != b"ready\n":
            raise OSError("the logging disk did not start")
        try:
            yield os.path.join(place, "disk")
        finally:
            unmount(place)
        server.wait(timeout=20)
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


def unmount(place):
    # Right after a loop device was let go, or a killed process was, the file may still be busy.
    for attempt in range(100):
        try:
            return run("umount", place)
        except OSError:
            if attempt == 99:
                raise
            time.sleep(0.02 * min(attempt + 1, 10))
