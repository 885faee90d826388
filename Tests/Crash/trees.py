"""Source trees, and a manifest of everything that a restore must bring back."""

import hashlib
import os
import random
import stat

FILES = 72


def make(root, seed):
    """Some eighty files, of every kind that unprivileged users can make."""
    rng = random.Random(seed)
    os.makedirs(root)
    for number in range(FILES):
        directory = f"{root}/d{number % 9}/e{number % 4}"
        os.makedirs(directory, exist_ok=True)
        _write(f"{directory}/f{number}", rng.randbytes(rng.choice((0, 1, 100, 3000, 12_000, 40_000))))
    _write(f"{root}/large", rng.randbytes(2_700_000))
    _write(f"{root}/zeros", bytes(300_000))
    os.link(f"{root}/large", f"{root}/d1/link to large")
    os.link(f"{root}/zeros", f"{root}/d2/link to zeros")
    os.symlink("nowhere", f"{root}/dangling")
    os.mkfifo(f"{root}/fifo", 0o640)
    os.mkdir(f"{root}/empty", 0o750)
    _write(os.fsencode(root) + b"/not \xff utf-8", b"a name")
    _write(f"{root}/line\nfeed", b"another")
    try:
        os.setxattr(f"{root}/large", "user.note", b"an attribute\0of bytes")
        os.setxattr(f"{root}/empty", "user.note", b"of a directory")
    except OSError:
        pass
    os.utime(f"{root}/zeros", ns=(1, -297_000_000_123_456_789))
    os.chmod(f"{root}/d3", 0o711)


def change(root, seed):
    """What may happen between two backups."""
    rng = random.Random(seed)
    for number in range(0, FILES, 5):
        _write(f"{root}/d{number % 9}/e{number % 4}/f{number}", rng.randbytes(rng.choice((10, 5000, 60_000))))
    for number in range(3, FILES, 20):
        path = f"{root}/d{number % 9}/e{number % 4}/f{number}"
        if os.path.exists(path):
            os.unlink(path)
    with open(f"{root}/large", "r+b") as file:
        file.seek(1_300_000)
        file.write(rng.randbytes(300_000))
    os.makedirs(f"{root}/new/deep", exist_ok=True)
    for number in range(6):
        _write(f"{root}/new/deep/n{seed}-{number}", rng.randbytes(30_000))
    os.rename(f"{root}/d4", f"{root}/moved{seed}")
    os.makedirs(f"{root}/d4", exist_ok=True)
    for number in range(4):
        os.makedirs(f"{root}/d4/e{number}", exist_ok=True)
    for number in range(4, FILES, 9):
        _write(f"{root}/d4/e{number % 4}/f{number}", rng.randbytes(500))


def _write(path, content):
    with open(path, "wb") as file:
        file.write(content)


def manifest(root):
    """Path: everything about the entry that must come back. Names below the root are bytes."""
    root = os.fsencode(root)
    entries, links = {}, {}
    pending = [root]
    while pending:
        path = pending.pop()
        status = os.lstat(path)
        kind = stat.S_IFMT(status.st_mode)
        content = None
        if kind == stat.S_IFDIR:
            pending += [os.path.join(path, name) for name in os.listdir(path)]
        elif kind == stat.S_IFREG:
            with open(path, "rb") as file:
                content = hashlib.sha256(file.read()).hexdigest()
        elif kind == stat.S_IFLNK:
            content = os.readlink(path)
        name = path[len(root):]
        if kind != stat.S_IFDIR and status.st_nlink > 1:
            links.setdefault(status.st_ino, []).append(name)
        attributes = tuple(
            (key, os.getxattr(path, key, follow_symlinks=False)) for key in sorted(os.listxattr(path, follow_symlinks=False)))
        entries[name] = [status.st_mode, status.st_uid, status.st_gid, status.st_mtime_ns,
                         None if kind == stat.S_IFDIR else status.st_size, content, attributes]
    for names in links.values():
        for name in names:
            entries[name].append(tuple(sorted(names)))
    return entries


def difference(expected, actual):
    """The first difference in words, or None."""
    for name in sorted(expected.keys() | actual.keys()):
        if expected.get(name) != actual.get(name):
            return f"{name!r} is {actual.get(name)} instead of {expected.get(name)}"
    return None
