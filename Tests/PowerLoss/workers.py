"""A few processes that share work, and that end with this one, however it ends."""

import ctypes
import multiprocessing
import multiprocessing.connection
import os
import signal

PR_SET_PDEATHSIG = 1
# So many tasks are prepared for each worker before the first is done.
AHEAD = 2


def die_with(parent):
    """Has the kernel kill this process when its parent ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def shared_out(jobs, prepare, work, tasks):
    """Yields `work(task)` for each of the tasks, in the order in which they are done. Tasks are drawn as they are needed.

    `prepare()` runs first in each worker. A worker that dies is an error.
    """
    context = multiprocessing.get_context("fork")
    parent = os.getpid()
    workers = []
    for _ in range(jobs):
        ours, theirs = context.Pipe()
        worker = context.Process(target=_serve, args=(parent, theirs, prepare, work), daemon=True)
        worker.start()
        theirs.close()
        workers.append((worker, ours))
    try:
        waiting = {ours: 0 for _, ours in workers}
        tasks = iter(tasks)
        more = True
        while more or any(waiting.values()):
            for pipe in waiting:
                while more and waiting[pipe] < AHEAD:
                    try:
                        pipe.send(next(tasks))
                    except StopIteration:
                        more = False
                        break
                    waiting[pipe] += 1
            busy = [pipe for pipe, count in waiting.items() if count]
            # Waiting for none would never end.
            for pipe in multiprocessing.connection.wait(busy) if busy else []:
                try:
                    result = pipe.recv()
                except EOFError:
                    raise ChildProcessError("a worker died") from None
                waiting[pipe] -= 1
                yield result
    finally:
        for worker, pipe in workers:
            pipe.close()
            worker.kill()
            worker.join()


def _serve(parent, pipe, prepare, work):
    die_with(parent)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN if number == signal.SIGINT else signal.SIG_DFL)
    prepare()
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        pipe.send(work(task))
