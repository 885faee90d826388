"""A link between programs on this machine that is slower or worse than the loopback: it delays, limits, stalls and cuts."""

import collections
import socket
import struct
import threading
import time

BLOCK = 64 << 10
# What a link and its routers hold at most; more makes the sender wait.
IN_FLIGHT = 16 << 20


class Direction:
    """One way through the link, which all connections share."""

    def __init__(self, delay, rate):
        self.delay, self.rate = delay, rate
        # How many bytes have come so far.
        self.moved = 0
        self._lock = threading.Lock()
        self._free = 0.0

    def due(self, count):
        """When so many bytes that come now have arrived at the other end."""
        now = time.monotonic()
        with self._lock:
            self.moved += count
            if self.rate is None:
                return now + self.delay
            self._free = max(now, self._free) + count / self.rate
            return self._free + self.delay


class Pipe:
    """One direction of one connection. What is received waits in a queue until it is due."""

    def __init__(self, connection, source, target, direction):
        self.connection, self.source, self.target, self.direction = connection, source, target, direction
        self.open = threading.Event()
        self.open.set()
        self._change = threading.Condition()
        self._queue = collections.deque()
        self._count = 0

    def start(self):
        for body in (self._receive, self._send):
            threading.Thread(target=self._until_closed, args=(body,), daemon=True).start()

    def _until_closed(self, body):
        try:
            body()
        except OSError:
            pass
        finally:
            self.connection.close()
            self.connection.leave()

    def wake(self):
        with self._change:
            self._change.notify_all()

    def _receive(self):
        goes_on = True
        while goes_on and (block := self.source.recv(BLOCK)):
            block, goes_on = self.connection.passing(block)
            due = self.direction.due(len(block))
            with self._change:
                self._queue.append((due, block))
                self._count += len(block)
                self._change.notify_all()
                self._change.wait_for(lambda: self._count < IN_FLIGHT or self.connection.is_closed)
            if self.connection.is_closed:
                return
        # What is on its way still arrives.
        with self._change:
            self._change.wait_for(lambda: not self._queue or self.connection.is_closed)

    def _send(self):
        while True:
            with self._change:
                self._change.wait_for(lambda: self._queue or self.connection.is_closed)
                if self.connection.is_closed:
                    return
                due, block = self._queue[0]
            if (left := due - time.monotonic()) > 0:
                time.sleep(left)
            while not self.open.wait(0.1):
                if self.connection.is_closed:
                    return
            self.target.sendall(block)
            with self._change:
                self._queue.popleft()
                self._count -= len(block)
                self._change.notify_all()


class Connection:
    def __init__(self, link, client, server):
        self.link, self.client, self.server = link, client, server
        self.is_closed = False
        # Those who may still use the sockets: a number that is closed is soon another connection's.
        self._threads = 4
        self._lock = threading.Lock()
        self.moved = 0
        # After how many bytes `fate` is called, once. It says how many of the bytes that are just coming still arrive before
        # the connection is cut, or None if it goes on; it may stall the two directions too.
        self.budget, self.fate = None, None
        # Whether the two ends see a reset, not an end.
        self.is_reset = False
        self.up = Pipe(self, client, server, link.up)
        self.down = Pipe(self, server, client, link.down)

    def passing(self, block):
        """What passes of a block, and whether anything does after it."""
        with self._lock:
            before, self.moved = self.moved, self.moved + len(block)
            if self.budget is None or self.moved < self.budget:
                return block, True
            left, self.budget = self.budget - before, None
        rest = self.fate(self, left)
        return (block, True) if rest is None else (block[:rest], False)

    def close(self):
        with self._lock:
            if self.is_closed:
                return
            self.is_closed = True
        for end in (self.client, self.server):
            try:
                if self.is_reset:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                # Whoever waits for bytes is woken; a reset is sent when the socket is closed.
                end.shutdown(socket.SHUT_RD if self.is_reset else socket.SHUT_RDWR)
            except OSError:
                pass
        for pipe in (self.up, self.down):
            pipe.open.set()
            pipe.wake()

    def leave(self):
        """One of the threads is done with the sockets."""
        with self._lock:
            self._threads -= 1
            if self._threads:
                return
        self.client.close()
        self.server.close()
        self.link.forget(self)


class Link:
    """Listens on a port of the loopback address and passes on what comes to another one.

    `delay` is one way, in seconds; `rate` is in bytes a second for each direction, over all connections. `prepare` is called
    with each connection before anything passes.
    """

    def __init__(self, target, delay=0.0, rate=None, prepare=lambda connection: None):
        self.target, self.prepare = target, prepare
        self.up, self.down = Direction(delay, rate), Direction(delay, rate)
        self._lock = threading.Lock()
        self._connections = set()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target))
                for end in (client, server):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError:
                client.close()
                continue
            connection = Connection(self, client, server)
            with self._lock:
                self._connections.add(connection)
            self.prepare(connection)
            connection.up.start()
            connection.down.start()

    def forget(self, connection):
        with self._lock:
            self._connections.discard(connection)

    def connections(self):
        with self._lock:
            return list(self._connections)

    def close(self):
        self.listener.close()
        for connection in self.connections():
            connection.close()
