"""Path text: any bytes as readable Unicode."""

import re

from .errors import Refused


def path_text(path: bytes) -> str:
    """Valid UTF-8 stands for itself, a backslash is doubled, any other byte becomes `\\x` and two digits."""
    text = path.replace(b"\\", b"\\\\").decode("utf-8", "surrogateescape")
    return "".join(f"\\x{ord(c) - 0xDC00:02x}" if 0xDC80 <= ord(c) <= 0xDCFF else c for c in text)


def path_bytes(text: str, what: str) -> bytes:
    out = bytearray()
    for part in re.findall(r"\\\\|\\x[0-9a-f]{2}|[^\\]+|\\", text):
        if part == "\\":
            raise Refused(what, f"has a stray backslash in a path: {text!r}")
        if part == "\\\\":
            out += b"\\"
        elif part.startswith("\\x"):
            out.append(int(part[2:], 16))
        else:
            out += part.encode("utf-8")
    return bytes(out)
