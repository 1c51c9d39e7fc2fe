"""``python -m backend.science COMMAND``: the library without the site.

Every module in ``commands`` is a command. Exit status 0 on success; 2 with one line on standard error for
input that cannot be used or files that cannot be read or written.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Sequence
from typing import NoReturn

from backend.science import commands
from backend.science.errors import BadInput
from backend.science.limits import limited_address_space
from backend.science.text import MAX_LINE, printable

EXIT_BAD_INPUT = 2
PROGRAM = "backend.science"


class _OneLineParser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line; the usage is for ``--help``."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_BAD_INPUT, f"{PROGRAM}: {' '.join(message.split())}\n")


def command_names() -> list[str]:
    """The commands that there are, in alphabetical order."""
    return sorted(
        module.name for module in pkgutil.iter_modules(commands.__path__) if not module.name.startswith("_")
    )


def build_parser(wanted: str | None = None) -> argparse.ArgumentParser:
    """The parser of every command; only the wanted one is imported, since some take a second to load."""
    parser = _OneLineParser(
        prog="python -m backend.science", description="Spine CT masks: check, convert, compare."
    )
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in command_names():
        if wanted is not None and name != wanted:
            subparsers.add_parser(name, add_help=False)
            continue
        module = importlib.import_module(f"{commands.__name__}.{name}")
        summary = (module.__doc__ or name).strip().splitlines()[0]
        command = subparsers.add_parser(name, help=summary, description=summary)
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name; the exit status: 0, or 2 for input that cannot be used."""
    argv = list(sys.argv[1:] if arguments is None else arguments)
    wanted = argv[0] if argv and argv[0] in command_names() else None
    args = build_parser(wanted).parse_args(argv)
    try:
        with limited_address_space():
            return int(args.run(args))
    except BadInput as error:
        return _fail(str(error))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _fail(f"{where}{error.strerror or error}")
    except MemoryError:
        return _fail("not enough memory for this input")


def _fail(message: str) -> int:
    print(f"{PROGRAM}: {' '.join(printable(message, MAX_LINE).split())}", file=sys.stderr)
    return EXIT_BAD_INPUT
