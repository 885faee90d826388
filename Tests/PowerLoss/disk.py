"""A disk that writes a diary: the one file of a FUSE file system, whose writes and flushes are logged in their order.

A loop device over that file turns what a mounted file system sends to its disk into calls of this program. Each is in
the log before it is answered, so the log's length, read at any moment, tells what the disk had been asked until then.
The kernel's FUSE protocol is spoken directly (linux/fuse.h): only the dozen requests that one file takes.

usage: disk.py MOUNTPOINT IMAGE LOG; says "ready" when the file system is mounted and ends when it is unmounted.
"""

import ctypes
import errno
import mmap
import os
import struct
import sys

FILE_NAME = "disk"
ROOT_NODE, FILE_NODE = 1, 2
VALID_SECONDS = 3600
MAX_WRITE = 1 << 20

LOOKUP, FORGET, GETATTR, SETATTR, OPEN, READ, WRITE = 1, 2, 3, 4, 14, 15, 16
STATFS, RELEASE, FSYNC, FLUSH, INIT, OPENDIR, RELEASEDIR = 17, 18, 20, 25, 26, 27, 29
INTERRUPT, DESTROY, BATCH_FORGET = 36, 38, 42
ASYNC_READ, BIG_WRITES, MAX_PAGES = 1 << 0, 1 << 5, 1 << 22

REQUEST = struct.Struct("<IIQQIIII")  # length, opcode, unique, node, uid, gid, pid, padding
RECORD = struct.Struct("<cQI")  # b"w" or b"f", offset, length; a write's bytes follow


class Disk:
    def __init__(self, image, log):
        with open(image, "r+b") as file:
            self.content = mmap.mmap(file.fileno(), 0)
        self.log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        self.answers = {
            INIT: self.initialize, LOOKUP: self.look_up, GETATTR: self.attributes, SETATTR: self.attributes,
            OPEN: self.open, OPENDIR: self.open, READ: self.read, WRITE: self.write, FSYNC: self.flush,
            STATFS: lambda node, body: struct.pack("<5Q4I24x", 1, 0, 0, 2, 0, 512, 255, 512, 0),
            RELEASE: lambda node, body: b"", RELEASEDIR: lambda node, body: b"", FLUSH: lambda node, body: b"",
        }

    def initialize(self, node, body):
        major, minor, read_ahead, flags = struct.unpack_from("<4I", body)
        if (major, minor) < (7, 31):
            raise SystemExit(f"disk.py: the kernel speaks FUSE {major}.{minor}, older than 7.31")
        wanted = flags & (ASYNC_READ | BIG_WRITES | MAX_PAGES)
        return struct.pack("<4I2H2I2H32x", 7, 31, read_ahead, wanted, 16, 12, MAX_WRITE, 1, MAX_WRITE // 4096, 0)

    def look_up(self, node, body):
        if node != ROOT_NODE or body.rstrip(b"\0") != FILE_NAME.encode():
            raise FileNotFoundError
        return struct.pack("<4Q2I", FILE_NODE, 0, VALID_SECONDS, VALID_SECONDS, 0, 0) + self.status(FILE_NODE)

    def attributes(self, node, body):
        return struct.pack("<Q2I", VALID_SECONDS, 0, 0) + self.status(node)

    def status(self, node):
        size, mode = (0, 0o40700) if node == ROOT_NODE else (len(self.content), 0o100600)
        return struct.pack("<6Q10I", node, size, size // 512, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)

    def open(self, node, body):
        return struct.pack("<Q2I", 0, 0, 0)

    def read(self, node, body):
        offset, length = struct.unpack_from("<8xQI", body)
        return self.content[offset:offset + length]

    def write(self, node, body):
        offset, length = struct.unpack_from("<8xQI", body)
        data = body[40:40 + length]
        self.record(RECORD.pack(b"w", offset, length) + data)
        self.content[offset:offset + length] = data
        return struct.pack("<2I", length, 0)

    def flush(self, node, body):
        self.record(RECORD.pack(b"f", 0, 0))
        return b""

    def record(self, data):
        if os.write(self.log, data) != len(data):
            raise SystemExit("disk.py: the log could not be written")

    def serve(self, device):
        while True:
            try:
                request = os.read(device, MAX_WRITE + 4096)
            except OSError as error:
                if error.errno == errno.ENODEV:  # unmounted
                    return
                if error.errno in (errno.EINTR, errno.ENOENT, errno.EAGAIN):
                    continue
                raise
            length, operation, unique, node, *_ = REQUEST.unpack_from(request)
            if operation in (FORGET, BATCH_FORGET, INTERRUPT):  # these have no answer
                continue
            code, answer = 0, b""
            try:
                if operation != DESTROY:
                    answer = self.answers[operation](node, request[REQUEST.size:length])
            except KeyError:
                code = errno.ENOSYS
            except FileNotFoundError:
                code = errno.ENOENT
            os.write(device, struct.pack("<IiQ", 16 + len(answer), -code, unique) + answer)
            if operation == DESTROY:
                return


def main(mountpoint, image, log):
    libc = ctypes.CDLL(None, use_errno=True)
    # When the rig is killed its disk goes too, and with it the mounts of their namespace.
    libc.prctl(1, 9)
    disk = Disk(image, log)
    device = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0"
    if libc.mount(b"power-loss", mountpoint.encode(), b"fuse.power-loss", 0, options.encode()):
        raise SystemExit(f"disk.py: can't mount FUSE: {os.strerror(ctypes.get_errno())}")
    print("ready", flush=True)
    disk.serve(device)


if __name__ == "__main__":
    main(*sys.argv[1:])
