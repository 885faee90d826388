"""A repository's four kinds of place, each made for one run and taken away after it."""

import os
import subprocess

from firn_reader.volume import BLOCK, Volume
from ssh_server import SSHServer


def shell(script):
    subprocess.run(["/bin/sh", "-ec", script], check=True, stdout=subprocess.DEVNULL)


class Directory:
    """A directory of this machine."""

    name = "directory"

    def __init__(self, work):
        self.work, self.environment = work, {}
        self.place = self.path = os.path.join(work, "repository")

    def prepare(self, firn):
        """What comes before `firn init`."""

    def damage(self):
        """Overwrites some bytes in the middle of the largest pack."""
        packs = [os.path.join(directory, name) for directory, _, names in os.walk(os.path.join(self.path, "packs"))
                 for name in names]
        pack = max(packs, key=os.path.getsize)
        os.chmod(pack, 0o600)
        overwrite(pack, os.path.getsize(pack) // 2)

    def close(self):
        pass


class SFTP(Directory):
    """A directory behind a real sshd with keys of its own."""

    name = "sftp"

    def __init__(self, work):
        super().__init__(work)
        os.mkdir(os.path.join(work, "server"))
        self.server = SSHServer(os.path.join(work, "server"))
        self.environment = {"HOME": self.server.home}
        self.place = f"sftp://127.0.0.1:{self.server.port}{self.path}"

    def close(self):
        self.server.close()


class MountedVolume(Directory):
    """A directory on a mounted file system, named by its label."""

    name = "volume"

    def __init__(self, work):
        super().__init__(work)
        label = f"firn-{os.getpid()}"
        self.mount = os.path.join(work, "mount")
        os.mkdir(self.mount)
        image = os.path.join(work, "volume.img")
        shell(f"truncate -s 1G {image}; mkfs.ext4 -q -L {label} {image}; mount -o loop {image} {self.mount}")
        self.place = f"volume:{label}:/repository"
        self.path = os.path.join(self.mount, "repository")

    def close(self):
        shell(f"umount {self.mount}")


class BlockDevice(Directory):
    """A device without a file system."""

    name = "blockdev"

    def __init__(self, work):
        super().__init__(work)
        self.image = os.path.join(work, "device.img")
        shell(f"truncate -s 1G {self.image}")
        self.device = subprocess.run(
            ["losetup", "--find", "--show", self.image], check=True, capture_output=True, text=True).stdout.strip()
        self.place = f"blockdev:{self.device}"

    def prepare(self, firn):
        firn("volume", "format", self.place)

    def damage(self):
        packs = {name: object for name, object in Volume(self.device).objects.items() if name.startswith("packs/")}
        _, extents = max(packs.values())
        start, count = max(extents, key=lambda extent: extent[1])
        overwrite(self.device, (start + count // 2) * BLOCK)

    def close(self):
        shell(f"losetup --detach {self.device}")


def overwrite(path, offset):
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.pwrite(descriptor, b"damaged!", offset)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


KINDS = {kind.name: kind for kind in (Directory, SFTP, MountedVolume, BlockDevice)}
