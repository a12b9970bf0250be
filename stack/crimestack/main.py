"""The command: reads arguments, runs one verb, and turns errors into sentences and exit codes."""

import os
import signal
import sys

from . import verbs
from .arguments import parser
from .errors import StackError
from .places import Directory

FAILED, INTERRUPTED = 1, 130


def main(arguments):
    """Exit code: 0 if all is well, 1 if not, 2 for wrong arguments, 130 if interrupted."""
    given = parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code = verbs.ALL[given.verb](Directory(given.dir), given)
        sys.stdout.flush()
        return code
    except StackError as error:
        for line in str(error).splitlines():
            print(line if line.startswith(" ") else f"stack: {line}", file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        # Whoever read our output has enough; Python must not try to flush the rest at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        print(f"stack: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("stack: interrupted; what was started by this command has been stopped.", file=sys.stderr)
        return INTERRUPTED


def _interrupt(_number, _frame):
    raise KeyboardInterrupt
