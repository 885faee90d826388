"""The log of a disk, and the images that a power loss may leave of it."""

import bisect
import os
import random

from disk import RECORD

SECTOR = 512
SUPERBLOCK_END = 4096


class Diary:
    """The writes and flushes of a log, in order. A position is how many records came before."""

    def __init__(self, path):
        self.path = path
        self.writes = []  # (offset, length, place of the bytes in the log), None for a flush
        self.flushes = []
        ends = []
        place = 0
        with open(path, "rb") as log:
            while header := log.read(RECORD.size):
                kind, offset, length = RECORD.unpack(header)
                place += RECORD.size
                if kind == b"f":
                    self.flushes.append(len(self.writes))
                self.writes.append((offset, length, place) if kind == b"w" else None)
                place += length
                log.seek(place)
                ends.append(place)
        self.ends = ends

    def position(self, length):
        """The position of a moment at which the log was so many bytes long."""
        return bisect.bisect_right(self.ends, length)

    def settled(self, position):
        """The position up to which everything is on the disk for good, if the power goes at `position`."""
        flushed = bisect.bisect_left(self.flushes, position)
        return self.flushes[flushed - 1] if flushed else 0


class PowerLoss:
    """One way to lose the power: where in the log, and what becomes of the writes that no flush has covered."""

    # Of the writes since the last flush: how many are lost, how many are torn. None at all is the power going
    # right after the disk had done everything, all is a disk that writes only when it is told to; what lies between is one
    # that writes in an order of its own.
    FATES = [(1.0, 0.0), (0.0, 0.0), (0.5, 0.0), (0.1, 0.0), (0.9, 0.0), (0.3, 0.4), (0.1, 0.2), (0.0, 1.0), (0.7, 0.3)]

    def __init__(self, number, seed, diary, start, moments, boundaries, is_all_torn=False):
        """`moments` are positions that deserve more attention than others: acknowledgements; `boundaries` all at which
        what is owed changes. `is_all_torn`: no write is whole of itself, wherever it is."""
        # ext4 does not mount with a torn superblock: that one write is trusted to the disk, and lost or done.
        self.first_torn = 0 if is_all_torn else SUPERBLOCK_END
        self.number = number
        # Half of the clients' caches are on another disk and were ahead of the repository when the power went.
        self.keeps_cache = number % 2 == 0
        choice = random.Random(f"{seed} {number}")
        end = len(diary.writes)
        kind = choice.random()
        if kind < 0.1 and moments:
            self.position = choice.choice(moments)
        elif kind < 0.6:  # as much as possible is in the air just before a flush
            inside = [flush for flush in diary.flushes if flush >= start] or [end]
            self.position = choice.choice(inside)
        else:
            self.position = choice.randint(start, end)
        self.lost, self.torn = choice.choice(self.FATES)
        self.settled = diary.settled(self.position)
        self.owed = bisect.bisect_right(boundaries, self.position)
        # What of the unflushed writes reached the disk: (offset, length, place in the log).
        self.pieces = list(self._pieces(diary.writes[self.settled:self.position], choice))

    @property
    def identity(self):
        """What makes two losses the same before anything has looked at the disk."""
        return self.settled, tuple(self.pieces), self.owed, self.keeps_cache

    def _pieces(self, unflushed, choice):
        for record in filter(None, unflushed):
            fate = choice.random()
            if fate < self.lost:
                continue
            if fate < self.lost + self.torn and record[0] >= self.first_torn:
                yield from self._torn(*record, choice)
            else:
                yield record

    @staticmethod
    def _torn(offset, length, place, choice):
        sectors = range(0, length, SECTOR)
        for sector in choice.sample(sectors, len(sectors) // 2):
            yield offset + sector, min(SECTOR, length - sector), place + sector

    def __str__(self):
        return f"state {self.number}: position {self.position}, {self.lost:.0%} lost, {self.torn:.0%} torn"


class Images:
    """Builds the disk's image after power losses, which must come in the order of their positions.

    One image holds what is settled and only grows; an image that is asked for is a copy of its data (a few MB, for the
    file is sparse) and the pieces that made it.
    """

    def __init__(self, base, diary, settled):
        self.diary = diary
        self.log = open(diary.path, "rb")
        copy_sparsely(base, settled)
        self.settled = settled
        self.done = 0

    def build(self, loss, path):
        assert loss.settled >= self.done, "power losses must come in the order of their positions"
        self._apply(self.settled, filter(None, self.diary.writes[self.done:loss.settled]))
        self.done = loss.settled
        copy_sparsely(self.settled, path)
        self._apply(path, loss.pieces)

    def _apply(self, path, pieces):
        descriptor = os.open(path, os.O_WRONLY)
        try:
            for offset, length, place in pieces:
                os.pwrite(descriptor, os.pread(self.log.fileno(), length, place), offset)
        finally:
            os.close(descriptor)


def copy_sparsely(source, target):
    """Copies a file, leaving its holes out."""
    read = os.open(source, os.O_RDONLY)
    write = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        size = os.fstat(read).st_size
        os.truncate(write, size)
        end = 0
        while end < size:
            try:
                start = os.lseek(read, end, os.SEEK_DATA)
            except OSError:  # nothing but a hole is left
                break
            end = os.lseek(read, start, os.SEEK_HOLE)
            os.lseek(write, start, os.SEEK_SET)
            while start < end:
                start += os.sendfile(write, read, start, end - start)
    finally:
        os.close(read)
        os.close(write)
