"""The one error of this package."""


class Refused(Exception):
    """An object breaks the format. `what` names the object or field, `why` says which rule it breaks."""

    def __init__(self, what: str, why: str):
        super().__init__(f"{what}: {why}")
        self.what = what
        self.why = why


def require(condition: bool, what: str, why: str) -> None:
    """Refuses `what` unless `condition` holds."""
    if not condition:
        raise Refused(what, why)
