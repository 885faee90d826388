"""What was measured on."""
import os
import platform
import re


def machine():
    with open("/proc/cpuinfo") as file:
        model = re.search(r"^model name\s*:\s*(.*)$", file.read(), re.MULTILINE)
    with open("/proc/meminfo") as file:
        memory = int(re.search(r"^MemTotal:\s*(\d+)", file.read(), re.MULTILINE).group(1))
    return {
        "processor": model.group(1) if model else platform.machine(), "cores": len(os.sched_getaffinity(0)),
        "memoryGiB": round(memory / (1 << 20), 1), "kernel": platform.release(), "loadAverage": os.getloadavg()[0]}


def sentence(facts):
    return (
        f"{facts['processor']}, {facts['cores']} cores, {facts['memoryGiB']} GiB, Linux {facts['kernel']}, load average "
        f"{facts['loadAverage']:.1f} at the beginning")
