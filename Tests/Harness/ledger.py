"""What the repository owes, known apart from it."""

import collections
import threading

KEPT_PER_HOST = 3


class Ledger:
    """All that was acknowledged, by snapshot, and what may have been saved without anybody being told.

    Shared by the threads of all actors.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._trees = {}  # acknowledged: snapshot -> (host, tree)
        self._owed = collections.defaultdict(list)  # host -> its snapshots, oldest first
        self._unanswered = collections.defaultdict(list)  # host -> trees of backups that run or were killed
        self.counts = collections.Counter()
        self.failures = []

    def begin(self, host, tree):
        """A backup of this tree begins. It may come to publish its snapshot without anybody being told."""
        with self._lock:
            self._unanswered[host].append(tree)

    def acknowledge(self, host, snapshot, tree):
        with self._lock:
            self._trees[snapshot] = (host, tree)
            self._owed[host].append(snapshot)
            self._unanswered[host].remove(tree)

    def release(self, host):
        """The snapshots of a host that are to be forgotten; from now on nobody is owed them."""
        with self._lock:
            owed = self._owed[host]
            released, self._owed[host] = owed[:-KEPT_PER_HOST], owed[-KEPT_PER_HOST:]
            return released

    def owed(self):
        with self._lock:
            return [snapshot for snapshots in self._owed.values() for snapshot in snapshots]

    def trees(self, snapshot, host):
        """What the snapshot may hold: one tree if it was acknowledged, else those of the host's unanswered backups."""
        with self._lock:
            if snapshot in self._trees:
                return [self._trees[snapshot][1]]
            return list(self._unanswered[host])

    def count(self, what, times=1):
        with self._lock:
            self.counts[what] += times

    def fail(self, text):
        with self._lock:
            self.failures.append(text)
