"""An SFTP server that lies: OpenSSH's own, with something between it and the client that changes requests and answers.

usage, as the command that an sshd is to force: lying_sftp.py FILE
FILE holds LIE AREA: a name of LIES below, and what a path must contain for the lie to be told of it. Without it, all is true.
"""

import os
import struct
import subprocess
import sys
import threading

SERVER = next(path for path in ("/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server") if os.path.exists(path))

OPEN, CLOSE, READ, WRITE, LSTAT, FSTAT, OPENDIR, READDIR, REMOVE = 3, 4, 5, 6, 7, 8, 11, 12, 13
STATUS, HANDLE, DATA, NAME, ATTRS, EXTENDED, EXTENDED_REPLY = 101, 102, 103, 104, 105, 200, 201


def number(value):
    return struct.pack(">I", value)


def string(value):
    return number(len(value)) + value


def strings(body, count):
    """The first strings of a body, and what follows them."""
    found = []
    for _ in range(count):
        length = struct.unpack(">I", body[:4])[0]
        found.append(body[4:4 + length])
        body = body[4 + length:]
    return found, body


class Packet:
    """One message: its type, the number of the request, and what follows."""

    def __init__(self, kind, request, body):
        self.kind, self.request, self.body = kind, request, body

    def encode(self):
        return string(bytes([self.kind]) + self.request + self.body)


def done(request):
    return Packet(STATUS, request, number(0) + string(b"") + string(b""))


# The lies about answers: from what was asked, the path it was about, and the honest answer, make the one that is given.

def names(answer, change):
    """A listing of which `change` has changed the names; each has its attributes with it."""
    count, body, kept = struct.unpack(">I", answer.body[:4])[0], answer.body[4:], []
    for _ in range(count):
        (name, _), rest = strings(body, 2)
        # OpenSSH sends size, owner, mode and times.
        attributes, body = rest[:32], rest[32:]
        kept += [(other, attributes) for other in change(name)]
    encoded = b"".join(string(name) + string(name) + attributes for name, attributes in kept)
    return Packet(NAME, answer.request, number(len(kept)) + encoded)


def hide(kind, path, answer):
    if kind != READDIR or answer.kind != NAME:
        return answer
    return names(answer, lambda name: [name] if name in (b".", b"..") else [])


def hide_first(kind, path, answer):
    """All but the greatest name."""
    if kind != READDIR or answer.kind != NAME:
        return answer
    found = []
    names(answer, lambda name: found.append(name) or [])
    return names(answer, lambda name: [name] if name in (b".", b"..") or name == max(found) else [])


def strange_names(kind, path, answer):
    if kind != READDIR or answer.kind != NAME:
        return answer
    strange = [b"../../escaped", b"/etc/passwd", b"..", b"", b"\x1b[31m", b"\xff\xfe", b"a" * 3000, b"nul\0inside"]
    return names(answer, lambda name: [name, *strange])


def endless_names(kind, path, answer):
    """A directory without end: five thousand names in each answer."""
    if kind != READDIR:
        return answer
    attributes = number(5) + struct.pack(">Q", 1000) + number(0o100400)
    many = b"".join(string(b"%064x" % (endless_names.next + index)) + string(b"") + attributes for index in range(5000))
    endless_names.next += 5000
    return Packet(NAME, answer.request, number(5000) + many)


endless_names.next = 0


def oversized(kind, path, answer):
    return Packet(DATA, answer.request, string(strings(answer.body, 1)[0][0] + b"more" * 5000)) if answer.kind == DATA else answer


def nothing_for_ever(kind, path, answer):
    return Packet(DATA, answer.request, string(b"")) if kind == READ else answer


def byte_by_byte(kind, path, answer):
    return Packet(DATA, answer.request, string(strings(answer.body, 1)[0][0][:1])) if answer.kind == DATA else answer


def other_bytes(kind, path, answer):
    """What is read is as long, and the other way round."""
    return Packet(DATA, answer.request, string(strings(answer.body, 1)[0][0][::-1])) if answer.kind == DATA else answer


def end_of_file(kind, path, answer):
    return Packet(STATUS, answer.request, number(1) + string(b"") + string(b"")) if answer.kind == DATA else answer


def huge_size(kind, path, answer):
    return Packet(ATTRS, answer.request, number(5) + struct.pack(">Q", 2**63 + 5) + number(0o100400)) if answer.kind == ATTRS else answer


def absent(kind, path, answer):
    return Packet(STATUS, answer.request, number(2) + string(b"") + string(b"")) if kind in (OPEN, LSTAT) else answer


def huge_handle(kind, path, answer):
    return Packet(HANDLE, answer.request, string(b"h" * 200_000)) if answer.kind == HANDLE else answer


def wrong_id(kind, path, answer):
    return Packet(answer.kind, b"\x7f\xff\xff\xff", answer.body)


def wrong_kind(kind, path, answer):
    return Packet(NAME, answer.request, number(2**32 - 1))


def file_system(fill):
    """statvfs, of which each number is this."""
    def lie(kind, path, answer):
        return Packet(EXTENDED_REPLY, answer.request, struct.pack(">Q", fill) * 11) if answer.kind == EXTENDED_REPLY else answer
    return lie


def reset(kind, path, answer):
    os._exit(1)


# The lies about requests: say whether it is answered as done without being done.

def lost(*kinds, extension=None):
    def lie(kind, body):
        return kind in kinds and (extension is None or strings(body, 1)[0][0] == extension)
    return lie


ANSWERS = {
    "hide": hide, "hide-first": hide_first, "strange-names": strange_names, "endless-names": endless_names,
    "oversized": oversized, "nothing-for-ever": nothing_for_ever, "byte-by-byte": byte_by_byte, "other-bytes": other_bytes,
    "end-of-file": end_of_file, "huge-size": huge_size, "absent": absent, "huge-handle": huge_handle, "wrong-id": wrong_id,
    "wrong-kind": wrong_kind, "no-space-left": file_system(0), "endless-space": file_system(2**64 - 1), "reset": reset,
}
REQUESTS = {
    "lose-names": lost(EXTENDED, extension=b"hardlink@openssh.com"), "lose-flushes": lost(EXTENDED, extension=b"fsync@openssh.com"),
    "lose-writes": lost(WRITE), "lose-removals": lost(REMOVE),
}
LIES = {**ANSWERS, **REQUESTS}


def packets(stream):
    while len(head := stream.read(4)) == 4:
        body = stream.read(struct.unpack(">I", head)[0])
        yield Packet(body[0], body[1:5], body[5:])


class Liar:
    def __init__(self, lie, area):
        self.answer, self.request, self.area = ANSWERS.get(lie), REQUESTS.get(lie), area.encode()
        self.asked, self.paths = {}, {}
        self.lock = threading.Lock()
        self.server = subprocess.Popen([SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def run(self):
        threading.Thread(target=self._up, daemon=True).start()
        for answer in packets(self.server.stdout):
            # The version has no number.
            if answer.kind == 2:
                self._send(answer)
                continue
            kind, path = self.asked.pop(answer.request, (None, b""))
            if answer.kind == HANDLE:
                self.paths[answer.body] = path
            self._send(self.answer(kind, path, answer) if self.answer and self.area in path else answer)

    def _send(self, answer):
        with self.lock:
            sys.stdout.buffer.write(answer.encode())
            sys.stdout.buffer.flush()

    def _up(self):
        for request in packets(sys.stdin.buffer):
            path = self._path(request)
            if request.kind != 1:
                self.asked[request.request] = request.kind, path
            if self.request and self.area in path and self.request(request.kind, request.body):
                self._send(done(request.request))
                continue
            self.server.stdin.write(request.encode())
            self.server.stdin.flush()
        self.server.stdin.close()

    def _path(self, request):
        """What a request is about; a handle stands for the path that it was opened by, a new name for itself."""
        if request.kind == 1:
            return b""
        if request.kind != EXTENDED:
            first = strings(request.body, 1)[0][0]
            return self.paths.get(string(first), first)
        (name, first), rest = strings(request.body, 2) if len(request.body) > 30 else ((b"", b""), b"")
        if name == b"hardlink@openssh.com":
            return strings(rest, 1)[0][0]
        return self.paths.get(string(first), first)


if __name__ == "__main__":
    try:
        with open(sys.argv[1]) as file:
            lie = file.read().split()
    except FileNotFoundError:
        lie = []
    if lie and lie[0] not in LIES:
        sys.exit(f"no lie is called {lie[0]}")
    Liar(*(lie + ["", ""])[:2]).run()
