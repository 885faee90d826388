"""How the rigs end as processes."""

import signal
import sys

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def exit_with(main):
    """Exits as `main` says, or by a signal; what `main` has begun is undone then too."""
    for number in SIGNALS:
        # `nohup` ignores it on purpose; a shell's background jobs ignore SIGINT, and are to be ended all the same.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _leave)
    sys.exit(main())


def _leave(number, _):
    # It is not disturbed in that.
    for other in SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    sys.exit(128 + number)
