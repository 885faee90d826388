"""The few kernel interfaces that the tracer needs and Python lacks: ptrace and seccomp filters, on x86-64."""

import ctypes
import os
import struct

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long

CONT, GETREGS, SETREGS, SYSCALL, SEIZE = 7, 12, 13, 24, 0x4206
EVENT_SECCOMP, EVENT_STOP = 7, 128
WALL = 0x40000000
# TRACESYSGOOD, TRACEFORK, TRACEVFORK, TRACECLONE, TRACEEXEC, TRACESECCOMP, EXITKILL
OPTIONS = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x80 | 0x100000
SYSCALL_STOP = 5 | 0x80


class Registers(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ulonglong) for name in (
        "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss fs_base gs_base ds es fs gs"
    ).split()]
    ARGUMENTS = ("rdi", "rsi", "rdx", "r10", "r8", "r9")

    def argument(self, index):
        return getattr(self, self.ARGUMENTS[index])

    def set_argument(self, index, value):
        setattr(self, self.ARGUMENTS[index], value)

    def skip(self, result):
        """Leaves the call out; the program gets the result, a negative error number or not."""
        self.orig_rax = 2**64 - 1
        self.rax = result % 2**64


def die_with_parent():
    """Has the kernel kill this process when its parent has ended, however that did."""
    _libc.prctl(1, 9, 0, 0, 0)


def request(kind, pid, data=0):
    """A ptrace request; False if the thread has gone meanwhile."""
    if _libc.ptrace(kind, pid, None, data) == -1:
        code = ctypes.get_errno()
        if code == 3:
            return False
        raise OSError(code, f"ptrace({kind}): {os.strerror(code)}")
    return True


def registers(pid):
    value = Registers()
    return value if request(GETREGS, pid, ctypes.addressof(value)) else None


def set_registers(pid, value):
    return request(SETREGS, pid, ctypes.addressof(value))


class _Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("program", ctypes.c_void_p)]


def trace_filter(numbers, open_flags, mask):
    """A seccomp program that stops at the calls with these numbers. Those in `open_flags` (number: argument) only stop
    where the argument has a bit of the mask; a mask of 0 lets them stop always."""
    instructions = []

    def put(code, true, false, value):
        instructions.append(struct.pack("=HBBI", code, true, false, value))

    load, equal, bits, leave = 0x20, 0x15, 0x45, 0x06
    trace, allow = 0x7FF00000, 0x7FFF0000
    put(load, 0, 0, 0)
    for number in sorted(numbers):
        if number in open_flags and mask:
            put(equal, 0, 4, number)
            put(load, 0, 0, 16 + 8 * open_flags[number])
            put(bits, 0, 1, mask)
            put(leave, 0, 0, trace)
            put(leave, 0, 0, allow)
        else:
            put(equal, 0, 1, number)
            put(leave, 0, 0, trace)
    put(leave, 0, 0, allow)
    return b"".join(instructions)


def install_filter(program):
    """For the child, before it executes the command."""
    buffer = ctypes.create_string_buffer(program, len(program))
    description = _Filter(len(program) // 8, ctypes.addressof(buffer))
    if _libc.prctl(38, 1, 0, 0, 0) != 0 or _libc.prctl(22, 2, ctypes.byref(description), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "a seccomp filter can't be installed")
