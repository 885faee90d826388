"""Running a command that must succeed, and what it took."""
import os
import subprocess
import sys
import tempfile
import threading
import time


class Memory(threading.Thread):
    """Watches how much memory of its own a process has. The kernel keeps no peak without the mapped files."""

    def __init__(self, process):
        super().__init__(daemon=True)
        self.path = f"/proc/{process}/status"
        self.ended = threading.Event()
        self.peak = 0

    def run(self):
        while not self.ended.wait(0.01):
            try:
                with open(self.path) as status:
                    for line in status:
                        if line.startswith("RssAnon:"):
                            self.peak = max(self.peak, int(line.split()[1]))
            except OSError:
                return


def run(arguments, environment, output=subprocess.DEVNULL, watch=False):
    """Runs a command: seconds of wall clock and of processor time, peak memory in MiB.

    `peakMiB` counts the pages of mapped files that it touched, such as those of a cached index. With `watch`, `ownMiB` is the
    peak without them, looked at a hundred times a second.
    """
    with tempfile.TemporaryFile() as errors:
        start = time.monotonic()
        process = subprocess.Popen(
            arguments, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        memory = Memory(process.pid) if watch else None
        if memory:
            memory.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if memory:
            memory.ended.set()
            memory.join()
        if process.returncode != 0:
            errors.seek(0)
            sys.exit(f"{' '.join(arguments)} ended with {process.returncode}: {errors.read().decode(errors='replace')}")
    sample = dict(seconds=seconds, processorSeconds=usage.ru_utime + usage.ru_stime, peakMiB=usage.ru_maxrss / 1024)
    if memory:
        sample["ownMiB"] = memory.peak / 1024
    return sample
