"""`python -m pipelines`."""

import sys

from pipelines.cli import app
from pipelines.console import BAD_INPUT, print_error

NAME = "python -m pipelines"


def main() -> None:
    """Run a command; wrong arguments, too, are answered in JSON where JSON is asked for."""
    if "--json" not in sys.argv:
        app(prog_name=NAME)
    try:
        sys.exit(app(prog_name=NAME, standalone_mode=False))
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        message = f"{error.format_message()} See `{NAME} --help`."
    print_error(message, BAD_INPUT, as_json=True)
    sys.exit(BAD_INPUT)


main()
