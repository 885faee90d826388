"""Takes the cost of the password out of commands that are run thousands of times."""

import os
import shutil
import subprocess


def cheap_password_hash(directory):
    """What to add to a command's environment. Nothing where there is no compiler, and all takes some times as long."""
    compiler = next(filter(None, map(shutil.which, ("cc", "clang", "gcc"))), None)
    if compiler is None:
        return {}
    library = os.path.join(directory, "cheap_password_hash.so")
    source = os.path.join(os.path.dirname(os.path.realpath(__file__)), "cheap_password_hash.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return {"LD_PRELOAD": library}
