"""What goes wrong while a command runs. Each kind of fault is begun with the command and ended after it."""

import threading
import time

from ssh_server import kill


def few_or_many(random, least, most):
    """A number of which every order of magnitude is as likely as the next."""
    return int(least * (most / least) ** random.random())


class Fault:
    """`random` decides all but what the machine does. `count` is how often it has struck."""

    def __init__(self, random, server, link):
        self.random, self.server, self.link = random, server, link
        self.count = 0

    def begin(self, process, typical):
        """The command runs now; it takes about `typical` seconds."""

    def end(self):
        """The command is over: nothing goes wrong any more."""
        self.link.prepare = lambda connection: None


class Cuts(Fault):
    """Connections are cut after random numbers of bytes, some while they are being made."""

    def begin(self, process, typical):
        self.link.prepare = self._prepare

    def _prepare(self, connection):
        connection.budget = few_or_many(self.random, 500, 1_500_000)
        connection.fate = self._cut
        connection.is_reset = self.random.random() < 0.3

    def _cut(self, connection, left):
        self.count += 1
        return left


class ClientKill(Fault):
    """The command is killed."""

    def begin(self, process, typical):
        moment = self.random.uniform(0, 1.1 * typical)
        threading.Thread(target=self._kill, args=(process, moment)).start()

    def _kill(self, process, moment):
        time.sleep(moment)
        if process.poll() is None:
            process.kill()
            self.count += 1


class ServerKills(Fault):
    """Processes of the server are killed: one or all that serve connections, or the listener too, which is started again."""

    def begin(self, process, typical):
        self._is_over = threading.Event()
        plan = [(self.random.uniform(0, 1.1 * typical), self.random.choice(("one", "all", "server")),
                 self.random.random()) for _ in range(self.random.randint(1, 3))]
        self._thread = threading.Thread(target=self._run, args=(plan,))
        self._thread.start()

    def _run(self, plan):
        for moment, kind, fraction in plan:
            if self._is_over.wait(moment):
                return
            if kind == "server":
                self.server.kill()
                self.count += 1
                self._is_over.wait(fraction * 1.5)
                self.server.start()
            elif sessions := self.server.sessions():
                some = sessions if kind == "all" else [sessions[int(fraction * len(sessions))]]
                for session in some:
                    kill(session)
                self.count += 1

    def end(self):
        self._is_over.set()
        self._thread.join()
        super().end()


class Stall(Fault):
    """Nothing passes any more after a random number of bytes: in one direction or both, over one connection or the whole
    link, for some time or for good."""

    def begin(self, process, typical):
        self._left = 1
        self._bytes = few_or_many(self.random, 500, 600_000)
        self._seconds = self.random.choice((None, self.random.uniform(0.2, 1.5), self.random.uniform(2, 8)))
        self._directions = self.random.choice((("up",), ("down",), ("up", "down")))
        self._is_link = self.random.random() < 0.6
        self._is_stalled = False
        self._timers = []
        self.link.prepare = self._prepare

    def _prepare(self, connection):
        connection.budget, connection.fate = self._bytes, self._stall
        if self._is_stalled:
            self._shut(connection)

    def _stall(self, connection, left):
        if not self._left:
            return None
        self._left = 0
        self.count += 1
        self._is_stalled = self._is_link
        for one in self.link.connections() if self._is_link else [connection]:
            self._shut(one)
        if self._seconds is not None:
            timer = threading.Timer(self._seconds, self._open)
            self._timers.append(timer)
            timer.start()
        return None

    def _shut(self, connection):
        for direction in self._directions:
            getattr(connection, direction).open.clear()

    def _open(self):
        self._is_stalled = False
        for connection in self.link.connections():
            connection.up.open.set()
            connection.down.open.set()

    def end(self):
        super().end()
        for timer in self._timers:
            timer.cancel()
        self._open()

    def __str__(self):
        duration = "for good" if self._seconds is None else f"for {self._seconds:.1f} s"
        where = "the link" if self._is_link else "one connection"
        return f"{where} stalled {'and '.join(self._directions)} {duration} after {self._bytes} bytes"


KINDS = {"cuts": Cuts, "client-kills": ClientKill, "server-kills": ServerKills, "stalls": Stall}
