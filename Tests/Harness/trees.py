"""Small source trees that can be made and changed from a seed."""

import os


def grow(root, random, files=24):
    """Makes a tree of mostly small files, with the odd kinds that a backup treats on its own."""
    for path in ("", "deep/er/still", "empty"):
        os.makedirs(os.path.join(root, path), exist_ok=True)
    for number in range(files):
        _write(root, random, f"{random.choice(('', 'deep/', 'deep/er/', 'deep/er/still/'))}file-{number}")
    _write(root, random, "large", 200_000)
    _write(root, random, "nothing", 0)
    os.symlink("large", os.path.join(root, "deep", "link"))


def change(root, random, share=0.2):
    """Changes, removes and adds files, and moves one."""
    files = [os.path.join(directory, name) for directory, _, names in os.walk(root) for name in sorted(names)]
    for path in sorted(files):
        if os.path.islink(path) or random.random() > share:
            continue
        if random.random() < 0.25:
            os.unlink(path)
        else:
            with open(path, "r+b") as file:
                file.seek(random.randint(0, os.path.getsize(path)))
                file.write(random.randbytes(random.randint(1, 4000)))
    for _ in range(max(1, int(len(files) * share / 4))):
        _write(root, random, f"deep/new-{random.getrandbits(32):08x}")
    source = os.path.join(root, "deep", random.choice(sorted(os.listdir(os.path.join(root, "deep")))))
    os.rename(source, os.path.join(root, f"moved-{random.getrandbits(32):08x}"))
    os.makedirs(os.path.join(root, "deep", "er", "still"), exist_ok=True)


def _write(root, random, path, size=None):
    path = os.path.join(root, path)
    # Half of a file is text that repeats, so that compression and deduplication have work.
    size = int(random.expovariate(1 / 6000)) if size is None else size
    with open(path, "wb") as file:
        file.write(random.randbytes(size // 2) + b"the same line again\n" * (size // 40))
    os.chmod(path, random.choice((0o600, 0o644, 0o755)))
