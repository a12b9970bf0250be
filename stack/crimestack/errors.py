"""What goes wrong, as sentences for the person at the terminal."""


class StackError(Exception):
    """Ends the program with its text on stderr and exit code 1. Says what was found, where, and what to do."""


class Cancelled(Exception):
    """The person, or a failure elsewhere, has called the whole start off."""
