"""Damages stored objects, as a disk does."""

import os


def objects(world, area):
    """The paths of an area's objects, the largest first; those of one length by name."""
    found = [os.path.join(where, name) for where, _, names in os.walk(f"{world.repository}/{area}") for name in names]
    return sorted(found, key=lambda path: (-os.path.getsize(path), path))


def parity(world, path):
    """The path of an object's parity."""
    [found] = [other for other in objects(world, "parity") if os.path.basename(other).startswith(os.path.basename(path))]
    return found


def flip(path, offset, count=1):
    """Flips bytes from an offset on; a negative one counts from the end."""
    os.chmod(path, 0o600)
    with open(path, "r+b") as file:
        file.seek(offset, os.SEEK_END if offset < 0 else os.SEEK_SET)
        place = file.tell()
        content = file.read(count)
        file.seek(place)
        file.write(bytes(byte ^ 0x5A for byte in content))
    os.chmod(path, 0o400)


def cut(path, count):
    """Takes bytes off the end."""
    os.chmod(path, 0o600)
    os.truncate(path, os.path.getsize(path) - count)
    os.chmod(path, 0o400)
