"""What the commands of ``vertebase`` do. Each gives back what it has to say, for people and for programs."""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from . import wire_generated as wire
from .downloads import Received
from .errors import VertebaseError
from .keeping import Login, events_note, find_login, forget_login, keep_login, write_private
from .releases import Only
from .signing import Confirm, token_by_code
from .site import Project, Site
from .tasks import CT, MASK, Pulled, Task
from .uploads import Sent

if TYPE_CHECKING:
    from .desktop import Change

Options = argparse.Namespace
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Said:
    """What a command has to say: data for ``--json``, lines for people; and whether anything is amiss."""

    data: Any
    text: str
    amiss: bool = False


def table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], none: str) -> str:
    """Rows under their columns, or ``none`` where there are none."""
    lines = [[str(row[column]) for column in columns] for row in rows]
    if not lines:
        return none
    widths = [max(map(len, column)) for column in zip(columns, *lines, strict=True)]
    padded = (
        "  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True))
        for line in [list(columns), *lines]
    )
    return "\n".join(line.rstrip() for line in padded)


def site_of(options: Options) -> Site:
    """The site that is meant, signed in."""
    return Site.signed_in(options.site)


def sign_in(options: Options, read_token: Callable[[], str], tell: Callable[[Confirm], None]) -> Said:
    """Get a token by a code that is confirmed in the browser, or take one that was made; try it, keep it."""
    url = options.url.rstrip("/")
    if options.by_code:
        token = token_by_code(url, tell=tell, scope=options.scope, insecure=options.insecure)
    else:
        token = read_token().strip()
    if not token or not token.isascii() or not token.isprintable():
        raise VertebaseError("That is no token. Make one on your account page, and paste its text here.")
    with Site(url, token, insecure=options.insecure) as site:
        me = site.me()
    path = keep_login(Login(url, token, insecure=options.insecure))
    return Said({"url": url, "email": me["email"]}, f"Signed in to {url} as {me['email']}; kept in {path}.")


def sign_out(options: Options) -> Said:
    """Forget the token of a site."""
    url = options.url.rstrip("/")
    if not forget_login(url):
        raise VertebaseError(f"There is no token for {url}.")
    return Said(
        {"url": url}, f"Forgotten. The token works until you revoke it on your account page at {url}."
    )


def projects(options: Options) -> Said:
    """The projects that one is in."""
    with site_of(options) as site:
        found = list(site.projects())
    rows = [{**told, "roles": ", ".join(told["my_roles"])} for told in found]
    return Said(found, table(rows, ("slug", "name", "roles"), "You are in no project."))


def upload(options: Options, progress: Progress) -> Said:
    """Upload a folder; what came of each file."""

    def sent(now: Sent) -> None:
        progress(now.bytes_done, now.bytes)

    with site_of(options) as site:
        project = site.project(options.project)
        batch = project.send(options.path, progress=sent)
        if options.wait:
            batch = project.wait_for_batch(batch["id"])
    return Said(batch, _of_batch(batch), any(one["state"] == "quarantined" for one in batch["uploads"]))


def _of_batch(batch: wire.Batch) -> str:
    if batch["state"] == "processing":
        return f"Uploaded. It is being read in: vertebase status PROJECT (upload {batch['id']})."
    refused = [one for one in batch["uploads"] if one["state"] == "quarantined"]
    lines = [f"{one['relative_path'] or one['name']}: {one['reason']}" for one in refused]
    return "\n".join([f"{len(batch['series'])} series read in, {len(refused)} files refused.", *lines])


def status(options: Options) -> Said:
    """How a project stands: cases, work in the background, uploads."""
    with site_of(options) as site:
        project = site.project(options.project)
        cases = Counter(case["state"] for case in project.cases())
        jobs = [job for state in ("queued", "running", "failed") for job in _jobs(project, state)]
        batches = Counter(batch["state"] for batch in project.batches())
    data = {"cases": dict(cases), "uploads": dict(batches), "jobs": jobs}
    lines = [
        "cases: " + (", ".join(f"{number} {state}" for state, number in cases.items()) or "none"),
        "uploads: " + (", ".join(f"{number} {state}" for state, number in batches.items()) or "none"),
        table(jobs, ("kind", "state", "message", "error"), "nothing runs in the background"),
    ]
    return Said(data, "\n".join(lines))


def _jobs(project: Project, state: str) -> Iterable[wire.Job]:
    return project.jobs(cast("wire.JobState", state))


def next_task(options: Options) -> Said:
    """Take the next task, and pull it into a folder."""
    with site_of(options) as site:
        task = site.project(options.project).next_task()
        if task is None:
            return Said(None, "Nothing waits for you.")
        return _pulled(task, options.folder)


def pull(options: Options) -> Said:
    """Pull a task into a folder."""
    with site_of(options) as site:
        return _pulled(site.task(options.task), options.folder)


def _pulled(task: Task, folder: Path | None) -> Said:
    target = folder or Path(f"{task.row['case_alias']}-{task.kind}")
    pulled = task.pull(target)
    text = f"{task.row['stage_title']}: {pulled.case} is in {target} ({CT}, {MASK}).\nTask {task.id}"
    return Said({"folder": str(target), **vars(pulled)}, text)


def task_in(folder: Path) -> tuple[Site, Task]:
    """The site and the task of a folder."""
    pulled = Pulled.read(folder)
    site = Site.signed_in(pulled.site)
    return site, Task(site.api, site.api.assignment_get(pulled.task))


def push(options: Options, sure: Callable[[str], bool]) -> Said:
    """Send the edited mask of a folder to the site, once its difference has been shown."""
    site, task = task_in(options.folder)
    with site:
        return pushed(task, options, sure)


def pushed(task: Task, options: Options, sure: Callable[[str], bool]) -> Said:
    """The same for a task in hand."""
    change = task.change_of(options.folder, mask=options.mask, numbering=options.numbering)
    levels, shown = [row.to_json() for row in change.levels], _difference(change)
    if not levels or options.dry_run or not (options.yes or sure(shown)):
        return Said({"pushed": None, "levels": levels}, shown)
    saved = task.take(options.folder, change, force=options.force)
    revision = f"\nPushed: revision {saved['revision']} on the site." if saved else ""
    return Said({"pushed": saved, "levels": levels}, shown + revision)


def _difference(change: Change) -> str:
    from .desktop import told

    columns = ("level", "added", "removed", "ml", "")
    listed = table(told(change), columns, "Nothing differs.")
    return "\n".join([*(f"{change.path.name}: {remark}" for remark in change.remarks), listed])


def grade(options: Options) -> Said:
    """Grade one vertebra, or call all normal that have no grade yet."""
    site, task = task_in(options.folder)
    with site:
        if options.rest_normal:
            rows = task.grade_rest_normal()
            return Said(rows, f"{len(rows)} vertebrae graded as normal.")
        if options.level is None or options.grade is None:
            raise VertebaseError(
                "Name a level and a grade, such as: vertebase grade FOLDER L1 2 --type wedge"
            )
        from .voxels import label_of_level

        answer: wire.GradingAnswerInputRequest = {"grade": cast("wire.GradeEnum", options.grade)}
        if options.type:
            answer["fracture_type"] = options.type
        graded = task.grade(label_of_level(options.level), answer)
    return Said(graded, f"{options.level.upper()}: grade {graded['grade']}.")


def findings(options: Options) -> Said:
    """What looks odd in the mask of a folder's task, as the site has it."""
    site, task = task_in(options.folder)
    with site:
        found = task.findings()
    rows = [{**row, "name": _finding_name(row)} for row in found]
    listed = table(rows, ("name", "rule", "message"), "Nothing looks odd.")
    blocked = [row["name"] for row in rows if row["rule"] == "block" and not row["answer"]]
    hint = f'\nMend it, or hand in with --answer "{blocked[0]}=WHY".' if blocked else ""
    return Said(found, listed + hint, amiss=bool(blocked))


def _finding_name(row: wire.Finding) -> str:
    """As it is typed: what it is, and on which vertebra."""
    if row["label"] is None:
        return row["code"]
    from .voxels import name_of_level

    return f"{row['code']}:{name_of_level(row['label'])}"


def _answers(task: Task, told: Sequence[str]) -> list[wire.FindingAnswerRequest]:
    """The reasons of ``--answer NAME=WHY``, under the findings that they answer."""
    if not told:
        return []
    named = {_finding_name(row): row for row in task.findings()}
    answers: list[wire.FindingAnswerRequest] = []
    for words in told:
        name, _, reason = (word.strip() for word in words.partition("="))
        if name not in named or not reason:
            known = ", ".join(named) or "there is none"
            raise VertebaseError(
                f"--answer {words!r}: write it as NAME=WHY, with the name of a finding ({known})"
            )
        answers.append({"code": named[name]["code"], "label": named[name]["label"], "reason": reason})
    return answers


def submit(options: Options) -> Said:
    """Hand in the task of a folder as the site has it."""
    site, task = task_in(options.folder)
    with site:
        answers = _answers(task, options.answer)
        seconds = round(60 * options.minutes)
        done = task.submit(comment=options.comment, active_seconds=seconds, answers=answers)
    return Said(done, "Handed in.")


def assign(options: Options) -> Said:
    """Give cases to one person, or spread them over the project's people."""
    with site_of(options) as site:
        project = site.project(options.project)
        outcomes = project.assign(options.cases, options.to, preview=options.dry_run)
    rows = [
        {"case": one["alias"], "done": "yes" if one["done"] else "no", "": one["message"]} for one in outcomes
    ]
    return Said(
        outcomes, table(rows, ("case", "done", ""), "No case."), not all(one["done"] for one in outcomes)
    )


def releases(options: Options) -> Said:
    """The releases of a project."""
    with site_of(options) as site:
        found = list(site.project(options.project).releases())
    columns = ("version", "state", "title", "cases_count", "licence")
    return Said(found, table(found, columns, "There is no release."))


def freeze(options: Options) -> Said:
    """Freeze a draft: its files are written and never change; only managers see it until it is published."""
    with site_of(options) as site:
        release = site.project(options.project).release(options.version).freeze()
    digest = release.row["manifest_sha256"]
    return Said(release.row, f"{options.version} is frozen (manifest {digest[:12]}), and not published yet.")


def publish(options: Options) -> Said:
    """Publish a frozen release: now, or at a set time."""
    at = _set_time(options.at)
    with site_of(options) as site:
        release = site.project(options.project).release(options.version).publish(at=at)
    told = f"will be published at {at.isoformat()}" if at else "is published"
    return Said(release.row, f"{options.version} {told}.")


def _set_time(told: str | None) -> datetime | None:
    """A time as it is typed; without a zone it is this machine's."""
    try:
        return datetime.fromisoformat(told).astimezone() if told else None
    except ValueError:
        raise VertebaseError(f"{told} is no time. Write it as 2030-01-31T09:00.") from None


def only_of(options: Options) -> Only:
    """Which cases the command line asks for; empty for all."""
    said = {name: getattr(options, name) for name in Only.__annotations__}
    return cast("Only", {name: value for name, value in said.items() if value is not None})


def download(options: Options, progress: Progress) -> Said:
    """Download an archive of a release and verify it."""

    def received(now: Received) -> None:
        progress(now.bytes_done, now.bytes)

    with site_of(options) as site:
        release = site.project(options.project).release(options.version)
        if not release.row["accepted"]:
            if not options.accept_terms:
                terms = release.row["terms"]
                raise VertebaseError(f"The terms have to be accepted (--accept-terms):\n{terms}")
            release.accept_terms(affiliation=options.affiliation, purpose=options.purpose)
        only = only_of(options)
        made = release.download(
            options.folder, name=options.archive, only=only, unpacked=options.unpack, progress=received
        )
        digest = release.row["manifest_sha256"]
    text = f"{made}: every file is as the release lists it (manifest {digest[:12]})."
    return Said({"path": str(made), "manifest_sha256": digest}, text)


def events(options: Options, tell: Callable[[wire.Event], None]) -> Said:
    """What happens in a project, as it happens."""
    with site_of(options) as site:
        project = site.project(options.project)
        notes = events_note(site.url, project.slug)
        after = _begin_after(options.after, notes)
        for number, event in enumerate(project.events(after=after, forever=not options.once), start=1):
            tell(event)
            write_private(notes, event["id"] + "\n")
            if number == options.count:
                break
    return Said(None, "")


def _begin_after(asked: str, notes: Path) -> str:
    if asked == "last":
        if not notes.exists():
            raise VertebaseError("Nothing of this project was followed here before: begin with --after start")
        return notes.read_text(encoding="utf-8").strip()
    return {"start": ""}.get(asked, asked)


def where(options: Options) -> Said:
    """Which site is meant, and who one is there."""
    login = find_login(options.site)
    with Site.signed_in(login.url) as site:
        me = site.me()
    source = "the environment" if os.environ.get("VERTEBASE_TOKEN") == login.token else "sign-in"
    text = f"{login.url} as {me['email']} (token from {source})"
    return Said({"url": login.url, "email": me["email"], "token_from": source}, text)


def evaluate(options: Options) -> Said:
    """Run a program on a challenge's CTs; score what it wrote, and sign and send that with a phase's key."""
    from .evaluating import Key, send
    from .evaluating import evaluate as evaluated

    key = Key.read(Path(options.key))
    if options.challenge not in (None, key.challenge) or options.phase not in (None, key.split):
        raise VertebaseError(f"The key is of the phase {key.split} of challenge {key.challenge}.")
    document = evaluated(
        key,
        data=options.data,
        command=options.command,
        team=options.team,
        limit_seconds=60 * options.minutes,
    )
    write_private(options.result, json.dumps(document, indent=1))
    cases = document["result"]["cases"]
    without = sum(case["absent"] for case in cases.values())
    text = f"{len(cases)} cases scored, {without} of them without a prediction; kept in {options.result}."
    if options.dry_run:
        return Said(document, f"{text} Nothing was sent.")
    taken = send(key, document, insecure=options.insecure)
    return Said(taken, f"{text} Sent for the team {taken['team']}.")


def challenges(options: Options) -> Said:
    """The challenges that one may see."""
    with site_of(options) as site:
        rows = list(site.challenges())
    return Said(rows, table(rows, ("id", "title", "closes_at"), "No challenge is open to you."))


def predict(options: Options, progress: Progress) -> Said:
    """Send a zip of predictions to a challenge; broken off, the same command goes on."""
    with site_of(options) as site:
        sent = site.send_predictions(options.challenge, options.phase, options.archive, progress=progress)
    return Said(sent, f"Sent for the team {sent['team']}. It is being checked and scored.")
