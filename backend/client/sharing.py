"""Commands on public releases: finding them, asking for the files, and answering who asked."""

from __future__ import annotations

from . import wire_generated as wire
from .commands import Options, Said, site_of, table
from .errors import VertebaseError


def public(options: Options) -> Said:
    """The site's public releases; with an id, one of them with its terms."""
    with site_of(options) as site:
        if options.release:
            page = site.public_release(options.release)
            return Said(page, _of_page(page))
        found = site.public_releases(options.search)
    columns = ("id", "version", "title", "licence")
    return Said(found, table(found, columns, "No public release fits."))


def _of_page(page: wire.ReleasePage) -> str:
    ways = {"members": "members of its project only", "on_request": "on request: vertebase ask ID"}
    lines = [
        f"{page['title']} {page['version']} ({page['licence']})",
        f"Files: {ways.get(page['access'], page['access'])}",
        f"Errata: {len(page['errata'])}",
        page["citations"]["text"],
        page["terms"],
    ]
    return "\n".join(line for line in lines if line)


def ask(options: Options) -> Said:
    """Accept a public release's terms, and ask its managers for the files."""
    with site_of(options) as site:
        if not options.accept_terms:
            terms = site.public_release(options.release)["terms"]
            raise VertebaseError(f"The terms have to be accepted (--accept-terms):\n{terms}")
        asked = site.ask_for(options.release, institution=options.affiliation, purpose=options.purpose)
    return Said(asked, "Asked. The release is among yours (vertebase releases PROJECT) once it is granted.")


def requests(options: Options) -> Said:
    """Who asked for a release, for managers; with --grant, --refuse or --take-back an answer to one."""
    with site_of(options) as site:
        release = site.project(options.project).release(options.version)
        if options.grant:
            row = release.grant(options.grant, days=options.days)
        elif options.refuse:
            row = release.refuse(options.refuse, _reason(options))
        elif options.take_back:
            row = release.take_back(options.take_back, _reason(options))
        else:
            found = list(release.requests())
            columns = ("id", "state", "name", "email", "institution", "purpose")
            return Said(found, table(found, columns, "Nobody has asked."))
    until = f" until {row['expires_at']}" if row["state"] == "granted" else ""
    return Said(row, f"{row['name']}: {row['state']}{until}.")


def _reason(options: Options) -> str:
    if not options.reason:
        raise VertebaseError("Say why with --reason: whoever asked is told so.")
    said: str = options.reason
    return said
