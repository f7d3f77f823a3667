"""Runs a command under a filter of system calls, like container runtimes and AWS Lambda.

    outer_filter.py EPERM prctl,clone3 -- command argument...

The calls answer the error, whatever they are called with; all others do what they always do. It must be the last step before the
command: what it refuses stays refused.
"""

import ctypes
import errno
import os
import platform
import struct
import sys

# The numbers of the calls (x86_64, aarch64) and of the architectures (linux/audit.h).
CALLS = {
    "clone3": (435, 435),
    "close_range": (436, 436),
    "memfd_create": (319, 279),
    "perf_event_open": (298, 241),
    "pidfd_open": (434, 434),
    "prctl": (157, 167),
    "prlimit64": (302, 261),
    "ptrace": (101, 117),
    "seccomp": (317, 277),
    "setrlimit": (160, 164),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
}
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38
SECCOMP_MODE_FILTER = 2
SECCOMP_RET_ALLOW = 0x7FFF0000
SECCOMP_RET_ERRNO = 0x00050000

LOAD = 0x20
JUMP_IF_EQUAL = 0x15
RETURN = 0x06
# Offsets of the call's number and the architecture in `struct seccomp_data`.
CALL, ARCHITECTURE = 0, 4


def program(error, names):
    """The filter's instructions: (code, jump when true, jump when false, operand)."""
    column, architecture = MACHINES[platform.machine()]
    numbers = [CALLS[name][column] for name in names]
    code = [
        (LOAD, 0, 0, ARCHITECTURE),
        (JUMP_IF_EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, SECCOMP_RET_ALLOW),
        (LOAD, 0, 0, CALL),
    ]
    for number in numbers:
        code.append((JUMP_IF_EQUAL, 0, 1, number))
        code.append((RETURN, 0, 0, SECCOMP_RET_ERRNO | error))
    code.append((RETURN, 0, 0, SECCOMP_RET_ALLOW))
    return code


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]


def install(code):
    packed = b"".join(struct.pack("=HBBI", *instruction) for instruction in code)
    buffer = ctypes.create_string_buffer(packed, len(packed))
    filtering = Program(len(code), ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in [
        (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(filtering), 0, 0),
    ]:
        if libc.prctl(*arguments) != 0:
            sys.exit(f"outer_filter: prctl: {os.strerror(ctypes.get_errno())}")


def main():
    separator = sys.argv.index("--")
    error, names = sys.argv[1:separator]
    command = sys.argv[separator + 1 :]
    install(program(getattr(errno, error), names.split(",")))
    os.execvp(command[0], command)


main()
