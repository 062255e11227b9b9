"""How much of a machine this is: memory and cores, for a report."""

import ctypes
import os
import sys


class _MemoryStatus(ctypes.Structure):
    """Windows' MEMORYSTATUSEX, of which one field is read."""

    _fields_ = (
        ("dwLength", ctypes.c_ulong),
        ("dwMemoryLoad", ctypes.c_ulong),
        ("ullTotalPhys", ctypes.c_ulonglong),
        ("others", ctypes.c_ulonglong * 6),
    )


def memory_bytes() -> int:
    """Physical memory; 0 where the system does not tell."""
    if sys.platform == "win32":
        status = _MemoryStatus(dwLength=ctypes.sizeof(_MemoryStatus))
        told = ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
        return int(status.ullTotalPhys) if told else 0
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError):
        return 0


def usable_cores() -> int:
    """Cores that this process may use: a container or ``taskset`` may allow fewer than exist."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1
