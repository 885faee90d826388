"""Restoring a tree into an empty directory."""

import os
import stat
from collections.abc import Callable

from .chunks import DATA
from .content import HOLE, ZEROS, ChunkSource, flatten
from .errors import Refused, require
from .nodes import BLOCK, CHARACTER, DIRECTORY, FIFO, FILE, SOCKET, SYMLINK, Node
from .trees import walk

SPECIAL = {FIFO: stat.S_IFIFO, CHARACTER: stat.S_IFCHR, BLOCK: stat.S_IFBLK, SOCKET: stat.S_IFSOCK}


class Restorer:
    """Writes nodes below a target. What the user may not do (owners, devices, attributes) becomes a notice."""

    def __init__(self, source: ChunkSource, target: str):
        self.source = source
        self.target = os.fsencode(target)
        self.notices: list[str] = []
        self._linked: dict[tuple[int, int, int], bytes] = {}

    def restore(self, root: bytes) -> None:
        os.makedirs(self.target, mode=0o700, exist_ok=True)
        require(not os.listdir(self.target), "target", "isn't empty")
        directories = []
        for names, node in walk(self.source, root):
            path = os.path.join(self.target, *names)
            if node.type == DIRECTORY:
                os.mkdir(path, 0o700)
                directories.append((path, node))
            elif not self._link(path, node):
                self._create(path, node)
                self._describe(path, node)
        # Children change a directory's time, and its mode may forbid them: the deepest come first, all at the end.
        for path, node in reversed(directories):
            self._describe(path, node)

    def _link(self, path: bytes, node: Node) -> bool:
        """Makes the second and later names of a file; the first one is created with its content."""
        if node.link_group is None:
            return False
        key = (*node.link_group, node.type)
        if key in self._linked:
            os.link(self._linked[key], path, follow_symlinks=False)
            return True
        self._linked[key] = path
        return False

    def _create(self, path: bytes, node: Node) -> None:
        if node.type == FILE:
            self._write(path, node)
        elif node.type == SYMLINK:
            os.symlink(node.target, path)
        else:
            try:
                os.mknod(path, SPECIAL[node.type] | 0o600, os.makedev(node.major, node.minor))
            except PermissionError as error:
                self.notices.append(f"{path!r}: {error.strerror}")

    def _write(self, path: bytes, node: Node) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            offset = 0
            for item in flatten(self.source, list(node.content), node.size, f"file {path!r}"):
                if item.kind == ZEROS:
                    os.posix_fallocate(descriptor, offset, item.length)
                elif item.kind != HOLE:
                    data = self.source.chunk(item.id, DATA, item.length)
                    written = 0
                    while written < len(data):
                        written += os.pwrite(descriptor, data[written:], offset + written)
                offset += item.length
            os.ftruncate(descriptor, offset)  # a hole at the end
        finally:
            os.close(descriptor)

    def _describe(self, path: bytes, node: Node) -> None:
        """Owner, then attributes, then mode, then times: each step can undo the ones after it."""
        if not os.path.lexists(path):
            return
        owned = self._attempt(path, lambda: os.chown(path, node.uid, node.gid, follow_symlinks=False))
        for name, value in node.attributes.items():
            self._attempt(path, lambda: os.setxattr(path, name, value, follow_symlinks=False))
        if node.type != SYMLINK:
            os.chmod(path, node.mode if owned else node.mode & 0o1777)
        times = (node.modified.total, node.modified.total)
        self._attempt(path, lambda: os.utime(path, ns=times, follow_symlinks=False))

    def _attempt(self, path: bytes, action: Callable[[], object]) -> bool:
        try:
            action()
            return True
        except (OSError, OverflowError) as error:
            self.notices.append(f"{path!r}: {error}")
            return False


def restore(source: ChunkSource, root: bytes, target: str) -> list[str]:
    """Restores a tree; gives back what could not be restored."""
    restorer = Restorer(source, target)
    try:
        restorer.restore(root)
    except (OSError, OverflowError) as error:
        raise Refused("target", str(error)) from error
    return restorer.notices
