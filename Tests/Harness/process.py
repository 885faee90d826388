"""How the rigs end as processes."""

import signal
import sys

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def exit_with(main):
    """Exits as `main` says, or by a signal; what `main` has begun is undone then too."""
    for number in SIGNALS:
        signal.signal(number, _leave)
    sys.exit(main())


def _leave(number, _):
    # It is not disturbed in that.
    for other in SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    sys.exit(128 + number)
