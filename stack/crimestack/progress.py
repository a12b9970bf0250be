"""Words for a person who waits. In a pipe nobody waits, so nothing is said."""

import sys
import threading
import time

LEAST_SECONDS_BETWEEN_UPDATES = 2.0


class Progress:
    """Lines on stderr, whole ones, from several threads at once."""

    def __init__(self, stream=None):
        self._stream = sys.stderr if stream is None else stream
        self._shown = self._stream.isatty()
        self._lock = threading.Lock()
        self._last = {}

    def say(self, line):
        """One step that was taken."""
        if self._shown:
            with self._lock:
                print(line, file=self._stream, flush=True)

    def update(self, topic, line):
        """How far something is; told no more often than one can read."""
        now = time.monotonic()
        with self._lock:
            due = now - self._last.get(topic, now - LEAST_SECONDS_BETWEEN_UPDATES)
            if due < LEAST_SECONDS_BETWEEN_UPDATES:
                return
            self._last[topic] = now
        self.say(line)
