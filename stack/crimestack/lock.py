"""One at a time: a file lock that the kernel lets go of when its holder ends, however it ends."""

import fcntl
from contextlib import contextmanager


@contextmanager
def held(path, on_wait):
    """Holds the lock; calls `on_wait` once if another process has it."""
    with open(path, "a", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            on_wait()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
