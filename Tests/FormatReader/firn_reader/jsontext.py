"""Strict JSON for slot headers and record bodies."""

import json
import re
from typing import Any

from .errors import Refused, require

LONE_SURROGATE = re.compile("[\ud800-\udfff]")
NUMBER_LIMIT = (1 << 53) - 1


def decode_object(data: bytes, what: str) -> dict[str, Any]:
    """One JSON object in UTF-8; repeated members are refused because readers could differ about them."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        require(len(members) == len(pairs), what, "repeats a JSON member")
        return members

    def constant(name: str) -> Any:
        raise Refused(what, f"has {name}, which isn't JSON")

    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=unique, parse_constant=constant)
    except (ValueError, RecursionError) as error:
        raise Refused(what, f"isn't JSON ({error})") from None
    require(isinstance(value, dict), what, "isn't a JSON object")
    require(not LONE_SURROGATE.search(json.dumps(value, ensure_ascii=False)), what, "has text that isn't Unicode")
    return value


def member(value: dict[str, Any], name: str, kind: type, what: str) -> Any:
    """A member that has to be there, of one JSON type."""
    require(name in value, what, f"lacks the member {name}")
    found = value[name]
    fits = isinstance(found, kind) and not (kind is int and isinstance(found, bool))
    require(fits, what, f"has a member {name} of another type than {kind.__name__}")
    if kind is int:
        require(0 <= found <= NUMBER_LIMIT, what, f"has a number {name} out of bounds")
    return found


def hex_member(value: dict[str, Any], name: str, digits: int, what: str) -> str:
    found = member(value, name, str, what)
    fits = re.fullmatch(f"[0-9a-f]{{{digits}}}", found) is not None
    require(fits, what, f"has {name} that isn't {digits} hex digits")
    return found


def texts(value: dict[str, Any], name: str, what: str) -> list[str]:
    found = member(value, name, list, what)
    require(all(isinstance(item, str) for item in found), what, f"has {name} that isn't a list of text")
    return found
