"""``vertebase``: a site from the command line. Every command says ``--help``; ``--json`` is for programs."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from . import commands, sharing
from . import wire_generated as wire
from .commands import Options, Said
from .errors import SiteError, Unusable, VertebaseError
from .signing import Confirm

Parsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
ABOUT = (
    "A Vertebase site from the command line. Exit status 0: done; 1: done, and something is amiss, such as "
    "refused files; 2: not done, and why on one line."
)
TYPES = ("wedge", "biconcave", "crush")
SCOPES = ("read", "annotate", "manage")


def read_token() -> str:
    """The token, from the terminal without showing it, or from standard input."""
    return getpass.getpass("Token (from your account page): ") if sys.stdin.isatty() else sys.stdin.readline()


def show_code(confirm: Confirm) -> None:
    """Where the code is confirmed; the command goes on by itself."""
    told = f"Open {confirm.address} and see that it shows the code {confirm.code}."
    print(f"{told} Waiting ...", file=sys.stderr, flush=True)


def sure(difference: str) -> bool:
    """Whether the person at the terminal takes a difference; where nobody looks, it is taken."""
    if not sys.stdin.isatty():
        return True
    print(difference, file=sys.stderr)
    return input("Push this? [y/N] ").strip().lower() in {"y", "yes"}


def progress(done: int, total: int) -> None:
    """One line that is written over, where somebody looks."""
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        print(f"\r{done / 1e6:.1f} of {total / 1e6:.1f} MB", end=end, file=sys.stderr, flush=True)


def parser() -> argparse.ArgumentParser:
    """What can be said on the command line."""
    made = argparse.ArgumentParser(prog="vertebase", description=ABOUT)
    made.add_argument("--site", metavar="URL", help="which site; left out, the one signed in to last")
    made.add_argument("--json", action="store_true", help="say it as JSON")
    commands_of = made.add_subparsers(required=True, metavar="COMMAND")
    _signing(commands_of)
    _data(commands_of)
    _work(commands_of)
    _products(commands_of)
    _sharing(commands_of)
    return made


def _add(
    parsers: Parsers, name: str, run: Callable[[Options], Said], *places: str
) -> argparse.ArgumentParser:
    about = (run.__doc__ or "").splitlines()[0]
    made = parsers.add_parser(name, help=about, description=about)
    for place in places:
        made.add_argument(place, type=Path if place in {"path", "folder"} else str)
    made.set_defaults(run=run)
    return made


def _signing(parsers: Parsers) -> None:
    def sign_in(options: Options) -> Said:
        """Sign in with a code in the browser, or with a token; it is kept for this user."""
        options.by_code = not options.token and sys.stdin.isatty()
        return commands.sign_in(options, read_token, show_code)

    for name in ("sign-in", "login"):
        made = _add(parsers, name, sign_in, "url")
        made.add_argument("--token", action="store_true", help="ask for a token; so does a pipe")
        made.add_argument(
            "--scope", choices=SCOPES, default="annotate", help="what the token may do; left out, your tasks"
        )
        made.add_argument("--insecure", action="store_true", help="send the token without encryption")
    _add(parsers, "sign-out", commands.sign_out, "url")
    _add(parsers, "where", commands.where)


def _data(parsers: Parsers) -> None:
    def upload(options: Options) -> Said:
        """Upload a folder or a file; broken off, the same command goes on."""
        return commands.upload(options, progress)

    _add(parsers, "projects", commands.projects)
    made = _add(parsers, "upload", upload, "project", "path")
    made.add_argument("--no-wait", dest="wait", action="store_false", help="do not wait until it is read in")
    _add(parsers, "status", commands.status, "project")

    def events(options: Options) -> Said:
        """What happens in a project, as it happens, for managers; a line for each."""

        def tell(event: wire.Event) -> None:
            subject = event["subject"]
            words = (event["at"], event["event"], subject["name"] if subject else "", event["id"])
            print(json.dumps(event) if options.json else "  ".join(words), flush=True)

        return commands.events(options, tell)

    made = _add(parsers, "events", events, "project")
    made.add_argument(
        "--after",
        default="now",
        metavar="ID",
        help="begin after this one; start, now, or last: where it ended",
    )
    made.add_argument("--once", action="store_true", help="what there is now, without waiting for more")
    made.add_argument("--count", type=int, help="end after so many")


def _work(parsers: Parsers) -> None:
    def push(options: Options) -> Said:
        """Send the edited mask of a folder to the site, once its difference has been shown."""
        return commands.push(options, sure)

    made = _add(parsers, "next", commands.next_task, "project")
    made.add_argument("--folder", type=Path, help="where to; left out, one named after the case")
    made = _add(parsers, "pull", commands.pull, "task")
    made.add_argument("--folder", type=Path, help="where to; left out, one named after the case")
    made = _add(parsers, "push", push, "folder")
    made.add_argument("--mask", type=Path, help="which file; left out, the edited one of the folder")
    made.add_argument("--dry-run", action="store_true", help="only show what would change")
    made.add_argument("--yes", action="store_true", help="do not ask once it is shown")
    made.add_argument("--numbering", help="whose numbers the mask holds, where they are not VerSe's")
    made.add_argument("--force", action="store_true", help="replace what was edited on the site meanwhile")
    made = _add(parsers, "grade", commands.grade, "folder")
    made.add_argument("level", nargs="?", help="such as L1")
    made.add_argument("grade", nargs="?", type=int, choices=range(4), help="Genant's grade")
    made.add_argument("--type", choices=TYPES, help="of the fracture")
    made.add_argument("--rest-normal", action="store_true", help="call normal what has no grade yet")
    made = _add(parsers, "submit", commands.submit, "folder")
    made.add_argument("--comment", default="")
    made.add_argument("--minutes", type=float, default=0, help="how long it was worked on")
    made.add_argument(
        "--answer",
        action="append",
        default=[],
        metavar="NAME=WHY",
        help="why a finding stands; may be repeated",
    )
    _add(parsers, "findings", commands.findings, "folder")
    made = _add(parsers, "assign", commands.assign, "project")
    made.add_argument("cases", nargs="+", metavar="case", help="their names at the site, such as case-219949")
    made.add_argument("--to", default="", metavar="EMAIL", help="to whom; left out, they are spread")
    made.add_argument("--dry-run", action="store_true", help="only say what would become of each")


def _products(parsers: Parsers) -> None:
    def download(options: Options) -> Said:
        """Download a release and verify every file; broken off, the same command goes on."""
        return commands.download(options, progress)

    def predict(options: Options) -> Said:
        """Send predictions to a challenge, a zip or a folder; broken off, the same command goes on."""
        return commands.predict(options, progress)

    _add(parsers, "releases", commands.releases, "project")
    _add(parsers, "freeze", commands.freeze, "project", "version")
    made = _add(parsers, "publish", commands.publish, "project", "version")
    made.add_argument("--at", metavar="TIME", help="when, such as 2030-01-31T09:00; left out, now")
    made = _add(parsers, "download", download, "project", "version")
    made.add_argument(
        "--archive",
        default="all",
        help="all, a part (training, validation, test), or a layout: bids, nnunet, verse2019 ...",
    )
    _narrowing(made)
    made.add_argument("--folder", type=Path, default=Path(), help="where to; left out, here")
    made.add_argument("--unpack", action="store_true", help="unpack it, once it is verified")
    made.add_argument("--accept-terms", action="store_true")
    made.add_argument("--affiliation", default="", help="asked with the terms")
    made.add_argument("--purpose", default="", help="asked with the terms")
    _add(parsers, "challenges", commands.challenges)
    made = _add(parsers, "predict", predict, "challenge")
    made.add_argument("phase", choices=("validation", "test"))
    made.add_argument("archive", type=Path, help="a zip with a mask for each case, or a folder of them")
    made = _add(parsers, "evaluate", commands.evaluate, "key")
    made.add_argument("--challenge", help="its id, held against the key's")
    made.add_argument("--phase", choices=("validation", "test"), help="held against the key's")
    made.add_argument("--data", type=Path, required=True, help="the unpacked release, with its references")
    made.add_argument("--run", dest="command", required=True, help="the program, with {input} and {output}")
    made.add_argument("--team", required=True, help="whose predictions these are")
    made.add_argument("--minutes", type=float, default=60, help="after which the program is ended; 60")
    made.add_argument("--result", type=Path, default=Path("result.json"), help="where to keep what is sent")
    made.add_argument("--dry-run", action="store_true", help="evaluate and sign, and send nothing")
    made.add_argument("--insecure", action="store_true", help="send the result without encryption")


def _narrowing(parser: argparse.ArgumentParser) -> None:
    """Which cases of an archive are meant."""
    some = parser.add_argument_group("only some cases, of all or a part")
    some.add_argument("--levels", metavar="LIST", help="all of these are in the mask: T12,L1")
    some.add_argument("--fracture-from", type=int, metavar="GRADE", help="the worst grade, at the least")
    some.add_argument("--contrast", help="as bone_density.csv names it")
    some.add_argument("--sex", help="as participants.tsv names it")
    some.add_argument("--age-from", type=int, metavar="YEARS")
    some.add_argument("--age-to", type=int, metavar="YEARS")
    some.add_argument("--subjects", metavar="LIST", help="only these patients: sub-0001,sub-0002")


def _sharing(parsers: Parsers) -> None:
    made = _add(parsers, "public", sharing.public)
    made.add_argument("release", nargs="?", help="the id of one; left out, all")
    made.add_argument("--search", default="", metavar="WORDS", help="those that fit these words")
    made = _add(parsers, "ask", sharing.ask, "release")
    made.add_argument("--accept-terms", action="store_true")
    made.add_argument("--affiliation", required=True, help="where you work")
    made.add_argument("--purpose", required=True, help="what you will use the data for")
    made = _add(parsers, "requests", sharing.requests, "project", "version")
    one = made.add_mutually_exclusive_group()
    for name in ("--grant", "--refuse", "--take-back"):
        one.add_argument(name, metavar="ID", help="answer this request")
    made.add_argument("--days", type=int, help="for how long it is granted")
    made.add_argument("--reason", default="", help="why it is refused or taken back")


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command; its exit status."""
    options = parser().parse_args(arguments)
    try:
        said: Said = options.run(options)
    except (VertebaseError, OSError) as error:
        code = error.code if isinstance(error, SiteError | Unusable) else type(error).__name__
        told = {"error": {"code": code, "message": str(error)}}
        print(json.dumps(told) if options.json else f"vertebase: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("vertebase: stopped; the same command goes on from here", file=sys.stderr)
        return 130
    if said.data is not None or said.text:
        print(json.dumps(said.data, indent=1) if options.json else said.text)
    return 1 if said.amiss else 0


if __name__ == "__main__":
    sys.exit(main())
