"""Errors that a user can mend: they end a command with exit code 2 and one message, never a traceback."""


class InputError(Exception):
    """The input, the settings or the arguments are at fault.

    The message names what is wrong, where (file or table, column, row) and the next step.
    """


class BusyError(Exception):
    """Another run is writing to the same home folder; the message says which and since when."""
