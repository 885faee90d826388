"""Damages stored objects, as a disk does."""

import os

import volumes


def objects(world, area):
    """The paths of an area's objects, the largest first; those of one length by name."""
    if world.on_volume:
        found = volumes.names(world.repository, area)
    else:
        found = [os.path.join(where, name) for where, _, names in os.walk(f"{world.repository}/{area}") for name in names]
    return sorted(found, key=lambda path: (-size(path), path))


def size(path):
    """The length of an object."""
    place = volumes.split(path)
    return volumes.size(*place) if place else os.path.getsize(path)


def parity(world, path):
    """The path of an object's parity."""
    [found] = [other for other in objects(world, "parity") if os.path.basename(other).startswith(os.path.basename(path))]
    return found


def flip(path, offset, count=1):
    """Flips bytes from an offset on; a negative one counts from the end."""
    if place := volumes.split(path):
        return volumes.change(*place, offset, count, lambda byte: byte ^ 0x5A)
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
    if place := volumes.split(path):
        return volumes.cut(*place, count)
    os.chmod(path, 0o600)
    os.truncate(path, os.path.getsize(path) - count)
    os.chmod(path, 0o400)


def remove(path):
    """Takes an object away."""
    place = volumes.split(path)
    volumes.remove(*place) if place else os.unlink(path)
