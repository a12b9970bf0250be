"""Starting and stopping servers: all at once, each waited for, and nothing left behind if it does not work out."""

import threading
import time

from . import process
from .errors import Cancelled, StackError

POLL_SECONDS = 0.1
READY_SECONDS = 120


class Boot:
    """One start of several servers."""

    def __init__(self, servers, progress):
        self._servers = servers
        self._progress = progress
        self._off = threading.Event()
        self._lock = threading.Lock()
        self._started = []
        self._failures = []

    def run(self):
        """Starts what does not run and waits for all. If one fails or a person interrupts, ends what it started."""
        threads = [threading.Thread(target=self._attempt, args=(server,)) for server in self._servers]
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        except BaseException:
            self._call_off(threads)
            raise
        if self._failures:
            self._call_off(threads)
            raise self._failures[0]

    def _call_off(self, threads):
        self._off.set()
        for thread in threads:
            thread.join()
        stop(self._started)

    def _attempt(self, server):
        try:
            self._bring_up(server)
        except Cancelled:
            return
        except Exception as error:  # whatever it is, it has to reach the main thread
            with self._lock:
                self._failures.append(error)
            self._off.set()

    def _bring_up(self, server):
        began = time.time()
        starts = not server.process.is_alive()
        if starts:
            server.prepare()
            self._check_off()
            self._start(server)
        self._await_ready(server, began)
        server.after_start()
        if starts:
            self._progress.say(f"{server.title} answers after {time.time() - began:.1f} s ({server.address})")

    def _start(self, server):
        details = server.details()
        with self._lock:
            self._started.append(server)
        process.start(
            server.directory.record(server.name),
            server.command(details),
            server.environment(),
            server.directory.output(server.name),
            user=server.user,
            details=details,
        )

    def _await_ready(self, server, began):
        deadline = time.monotonic() + READY_SECONDS
        while True:
            problem = server.not_ready()
            if not server.process.is_alive():
                raise StackError(f"{server.title} ended while it started; {_last_words(server, began)}")
            if problem is None:
                return
            self._check_off()
            if time.monotonic() > deadline:
                raise StackError(f"{server.title} {problem} after {READY_SECONDS} s; {_last_words(server, began)}")
            time.sleep(POLL_SECONDS)

    def _check_off(self):
        if self._off.is_set():
            raise Cancelled


def _last_words(server, since):
    """The end of the log that was written to in this start: a JVM that does not even begin says so on stderr."""
    for log in server.logs():
        words = process.tail(log)
        if words and log.stat().st_mtime >= since:
            return f"its log {log} ends with:\n{words}"
    return f"its log {server.logs()[0]} says nothing of it."


def stop(servers):
    """Stops servers side by side, and forgets their processes."""
    failures = []

    def attempt(server):
        try:
            server.process.end(server.stop_signal, server.stop_seconds)
            server.process.forget()
        except StackError as error:
            failures.append(f"{server.title}: {error}")

    threads = [threading.Thread(target=attempt, args=(server,)) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise StackError("\n".join(failures))
