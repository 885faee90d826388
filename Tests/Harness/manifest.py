"""What a file tree holds, in a form that can be compared and kept as JSON."""

import hashlib
import os
import stat


def manifest(root):
    """Everything below `root` by its path: kind, permissions, owner, time of change, and content or target.

    Times of directories are left out for `root` itself only, for a restore into a directory does not stamp that one.
    """
    found = {}
    pending = [""]
    while pending:
        relative = pending.pop()
        for entry in os.scandir(os.path.join(root, relative)):
            path = os.path.join(relative, entry.name)
            status = entry.stat(follow_symlinks=False)
            found[path] = [*_content(entry, status), stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid,
                           status.st_mtime_ns]
            if entry.is_dir(follow_symlinks=False):
                pending.append(path)
    return found


def _content(entry, status):
    if entry.is_symlink():
        return "link", os.readlink(entry.path)
    if entry.is_dir(follow_symlinks=False):
        return "directory", ""
    with open(entry.path, "rb") as file:
        return "file", f"{status.st_size} {hashlib.file_digest(file, 'sha256').hexdigest()}"


def difference(expected, actual):
    """The first few paths in which two manifests differ, as text; empty if they are equal."""
    lines = []
    for path in sorted(expected.keys() | actual.keys()):
        if expected.get(path) != actual.get(path):
            lines.append(f"{path!r}: expected {expected.get(path, 'nothing')}, found {actual.get(path, 'nothing')}")
    more = [f"and {len(lines) - 4} more"] if len(lines) > 4 else []
    return "; ".join(lines[:4] + more)
