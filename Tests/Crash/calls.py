"""Which system calls change files, and what they act on.

`Call.subject` tells the arguments apart: ("fd", i) is a descriptor in argument i, ("at", i) a directory descriptor with a
path behind it, ("path", i) a path. Numbers are those of x86-64, the one machine the rig runs on.
"""

import errno
from dataclasses import dataclass

O_CREAT = 0o100
O_TMPFILE_BIT = 0o20000000


@dataclass(frozen=True)
class Call:
    name: str
    number: int
    subject: tuple[str, int]
    takes_space: bool = False


def _table(*calls):
    return {call.number: call for call in calls}


WRITES = _table(
    Call("write", 1, ("fd", 0), True),
    Call("pwrite64", 18, ("fd", 0), True),
    Call("writev", 20, ("fd", 0), True),
    Call("pwritev", 296, ("fd", 0), True),
    Call("pwritev2", 328, ("fd", 0), True),
    Call("copy_file_range", 326, ("fd", 2), True),
    Call("fallocate", 285, ("fd", 0), True),
    Call("ftruncate", 77, ("fd", 0), True),
    Call("fsync", 74, ("fd", 0)),
    Call("fdatasync", 75, ("fd", 0)),
    Call("sync_file_range", 277, ("fd", 0)),
    Call("syncfs", 306, ("fd", 0)),
    Call("rename", 82, ("path", 1)),
    Call("renameat", 264, ("at", 2)),
    Call("renameat2", 316, ("at", 2)),
    Call("link", 86, ("path", 1), True),
    Call("linkat", 265, ("at", 2), True),
    Call("unlink", 87, ("path", 0)),
    Call("unlinkat", 263, ("at", 0)),
    Call("rmdir", 84, ("path", 0)),
    Call("mkdir", 83, ("path", 0), True),
    Call("mkdirat", 258, ("at", 0), True),
    Call("open", 2, ("path", 0), True),
    Call("openat", 257, ("at", 0), True),
)

# What a listing or an object is read with. Opening without creating is in the same call as creating.
READS = _table(
    Call("pread64", 17, ("fd", 0)),
    Call("read", 0, ("fd", 0)),
    Call("getdents64", 217, ("fd", 0)),
)

ALL = WRITES | READS
OPENAT, OPEN = 257, 2
OPEN_FLAGS = {OPENAT: 2, OPEN: 1}
SPACE_CALLS = {call.name for call in WRITES.values() if call.takes_space}
# Those of which a part can be done: the argument that holds the length (for vectors, their count).
LENGTH_ARGUMENT = {"write": 2, "pwrite64": 2, "writev": 2, "pwritev": 2}
# What may fail although it was done, as when the reply of a server is lost.
LATE_CALLS = {"renameat2", "renameat", "rename", "linkat", "link", "mkdirat", "mkdir", "unlinkat", "unlink", "fsync",
              "pwrite64", "fdatasync"}

ERRORS = {name: getattr(errno, name) for name in ("EIO", "ENOSPC", "EDQUOT", "EINTR")}
