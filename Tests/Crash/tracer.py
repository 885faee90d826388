"""Runs a command, counts the calls that change files below some directories, and interferes with one of them.

Calls are counted over all threads and by what they act on, which strace's `inject` can't: it counts each thread for itself and
everywhere. A seccomp filter stops the command at the calls of interest only, so it runs nearly at full speed.
"""

import os
import signal
from collections import Counter
from dataclasses import dataclass, field

import calls
import ptrace
import volumes

PRCTL, SET_DUMPABLE = 157, 4
KILLED = -signal.SIGKILL


@dataclass(frozen=True)
class Plan:
    """What to do at the `number`th `call` in `area`: "kill" before it, "tear" (do half a write, die), an error's name instead
    of it, "short" (do half a write), "late" (do it and say EIO), "full" (ENOSPC from there on wherever space is needed),
    "lie" (leave it out and say it was done). `path` restricts it to paths that contain the text; number 0 means every such call."""

    action: str
    area: str
    call: str
    number: int
    path: str = ""


@dataclass
class Outcome:
    status: int
    output: bytes
    errors: bytes
    counts: Counter = field(default_factory=Counter)
    # What was interfered with: (call, path, the path that the command had changed before).
    struck: list = field(default_factory=list)

    @property
    def killed(self):
        return self.status == KILLED

    def told(self):
        return self.errors.decode(errors="replace").strip()


class Trace:
    def __init__(self, areas, plans, scratch, reads=False):
        """`areas` are pairs of a name and the directory's path."""
        self.areas = areas
        # Those that are images of volumes.
        self.volumes = {path for _, path in areas if os.path.isfile(path)}
        self.plans = plans
        self.scratch = scratch
        self.table = calls.ALL if reads else calls.WRITES
        self.mask = 0 if reads else calls.O_CREAT | calls.O_TMPFILE_BIT
        self.counts = Counter()
        self.plan_counts = [0] * len(plans)
        self.struck = []
        self.full_areas = set()
        self.before = self.latest = ""
        # What the last write to a volume writes, and the digests of the records that were written.
        self.data, self.written = b"", set()
        self.at_exit = {}

    def run(self, command, environment):
        names = [os.path.join(self.scratch, name) for name in ("out", "err")]
        ready, go = os.pipe()
        numbers = set(self.table) | ({PRCTL} if os.geteuid() else set())
        program = ptrace.trace_filter(numbers, calls.OPEN_FLAGS, self.mask)
        self.leader = os.fork()
        if self.leader == 0:
            try:
                os.close(go)
                os.read(ready, 1)
                os.setpgid(0, 0)
                null = os.open("/dev/null", os.O_RDONLY)
                out, err = (os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600) for name in names)
                for source, target in ((null, 0), (out, 1), (err, 2)):
                    os.dup2(source, target)
                ptrace.install_filter(program)
                os.execve(command[0], command, environment)
            finally:
                os._exit(127)
        os.close(ready)
        ptrace.request(ptrace.SEIZE, self.leader, ptrace.OPTIONS)
        os.write(go, b"x")
        os.close(go)
        try:
            status = self._follow()
        except BaseException:
            self._kill()
            raise
        output, errors = (open(name, "rb").read() for name in names)
        return Outcome(status, output, errors, self.counts, self.struck)

    def _kill(self):
        try:
            os.kill(self.leader, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def _follow(self):
        while True:
            thread, status = os.waitpid(-1, ptrace.WALL)
            if not os.WIFSTOPPED(status):
                if thread == self.leader:
                    return os.waitstatus_to_exitcode(status)
                continue
            event, number, resume, deliver = status >> 16, os.WSTOPSIG(status), ptrace.CONT, 0
            if event == ptrace.EVENT_SECCOMP:
                resume = self._entering(thread)
            elif event == 0 and number == ptrace.SYSCALL_STOP:
                self._leaving(thread)
            elif event == 0:
                deliver = number
            ptrace.request(resume, thread, deliver)

    def _entering(self, thread):
        registers = ptrace.registers(thread)
        if registers is None:
            return ptrace.CONT
        number = registers.orig_rax
        if number == PRCTL:
            # Without privileges a process that can't be dumped can't be looked into.
            if registers.rdi == SET_DUMPABLE:
                registers.skip(0)
                ptrace.set_registers(thread, registers)
            return ptrace.CONT
        call = self.table.get(number)
        if call is None:
            return ptrace.CONT
        path = self._path(thread, registers, call)
        area = self._area(path)
        if area is None:
            return ptrace.CONT
        name = call.name
        if number in calls.OPEN_FLAGS:
            flags = registers.argument(calls.OPEN_FLAGS[number])
            if not flags & (calls.O_CREAT | calls.O_TMPFILE_BIT):
                name = "opening"
        self.counts[area, name] += 1
        self.before, self.latest = self.latest, path
        if area in self.full_areas and name in calls.SPACE_CALLS:
            return self._strike(thread, registers, "ENOSPC", name, path)
        for index, plan in enumerate(self.plans):
            if (plan.area, plan.call) == (area, name) and plan.path in path:
                self.plan_counts[index] += 1
                if plan.number in (0, self.plan_counts[index]):
                    if plan.action == "full":
                        self.full_areas.add(area)
                    return self._strike(thread, registers, plan.action, name, path)
        if name == "pwrite64" and self._volume(path):
            self.written.add(volumes.digest(self.data))
        return ptrace.CONT

    def _strike(self, thread, registers, action, name, path):
        """Does what the plan says; gives how to go on."""
        length = calls.LENGTH_ARGUMENT.get(name)
        if action in ("tear", "short") and registers.argument(length) < 2:
            return ptrace.CONT
        if path in self.volumes and name == "pread64":
            path = f"{path}/{volumes.held_at(path, registers.argument(3))}"
        if name == "pwrite64" and (volume := self._volume(path)):
            if volumes.digest(self.data) not in self.written and volumes.has_last(volume, self.data):
                # It completes what somebody else has left.
                path = f"{volume}/mirror{path.removeprefix(volume)}"
        self.struck.append((name, path, self.before))
        if action == "kill":
            # A thread that is stopped before a call doesn't make it when it is killed.
            self._kill()
            return ptrace.CONT
        if action in ("tear", "short"):
            registers.set_argument(length, registers.argument(length) // 2)
        elif action == "lie":
            registers.skip(registers.argument(length) if name in ("write", "pwrite64") else 0)
        elif action == "late":
            pass
        else:
            registers.skip(-calls.ERRORS["ENOSPC" if action == "full" else action])
        ptrace.set_registers(thread, registers)
        if action in ("tear", "late"):
            self.at_exit[thread] = action
            return ptrace.SYSCALL
        return ptrace.CONT

    def _leaving(self, thread):
        action = self.at_exit.pop(thread, None)
        if action == "tear":
            self._kill()
        elif action == "late":
            registers = ptrace.registers(thread)
            if registers is not None:
                registers.rax = -calls.ERRORS["EIO"] % 2**64
                ptrace.set_registers(thread, registers)

    def _area(self, path):
        for name, root in self.areas:
            if path == root or path.startswith(root + "/"):
                return name
        return None

    def _volume(self, path):
        return next((volume for volume in self.volumes if path.startswith(volume + "/")), None)

    def _path(self, thread, registers, call):
        kind, index = call.subject
        value = registers.argument(index)
        if kind == "fd":
            path = self._link(thread, f"fd/{value & 0xFFFFFFFF}")
            if path in self.volumes and call.name == "pwrite64":
                self.data = self._memory(thread, registers.argument(1), registers.argument(2))
                return f"{path}/{volumes.described(self.data)}"
            return path
        if kind == "path":
            return os.path.normpath(os.path.join(self._link(thread, "cwd"), self._text(thread, value)))
        descriptor = value & 0xFFFFFFFF
        base = self._link(thread, "cwd" if descriptor == 0xFFFFFF9C else f"fd/{descriptor}")
        return os.path.normpath(os.path.join(base, self._text(thread, registers.argument(index + 1))))

    @staticmethod
    def _link(thread, name):
        try:
            return os.readlink(f"/proc/{thread}/{name}").removesuffix(" (deleted)")
        except OSError:
            return ""

    @staticmethod
    def _memory(thread, address, count):
        try:
            with open(f"/proc/{thread}/mem", "rb", buffering=0) as memory:
                memory.seek(address)
                return memory.read(min(count, 64 << 10))
        except OSError:
            return b""

    @staticmethod
    def _text(thread, address):
        try:
            with open(f"/proc/{thread}/mem", "rb", buffering=0) as memory:
                memory.seek(address)
                return memory.read(min(4096, 0x1000 - address % 0x1000)).split(b"\0")[0].decode(errors="surrogateescape")
        except OSError:
            return ""
