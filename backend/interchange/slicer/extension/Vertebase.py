"""The tasks of a Vertebase site in 3D Slicer: open one, edit its segments, save and hand in.

What is asked of the site stands in ``VertebaseLib``; here is what touches Slicer. Python 3.9.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any, Callable  # noqa: UP035 - Python 3.9

import ctk
import qt
import slicer
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleWidget,
)
from VertebaseLib import work
from VertebaseLib.site import Code, Refused, Site, Unreachable, default_site

DRAFT_EVERY_MS = 60_000
TICK_SECONDS = 10
IDLE_AFTER_SECONDS = 60  # without a change for so long nobody is at work
ADDRESS, TOKEN = "Vertebase/address", "Vertebase/token"


class Vertebase(ScriptedLoadableModule):
    """What Slicer lists."""

    def __init__(self, parent: Any) -> None:
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = "Vertebase"
        self.parent.categories = ["Annotation"]
        self.parent.dependencies = []
        self.parent.contributors = ["The authors of Vertebase"]
        self.parent.helpText = (
            "Your tasks of a Vertebase site. Grades and questions are answered at the site."
        )
        self.parent.acknowledgementText = ""


class VertebaseLogic(ScriptedLoadableModuleLogic):
    """A task in Slicer's scene. What is shown and asked is the widget's."""

    def __init__(self) -> None:
        ScriptedLoadableModuleLogic.__init__(self)
        self.site: Site | None = None
        self.task: work.Opened | None = None
        self.ct: Any = None
        self.segmentation: Any = None
        self.changed_ago = IDLE_AFTER_SECONDS
        self.active_seconds = 0
        self.unkept = False  # edited since the last draft
        self._observed: Any = None

    def open(self, task_id: str, root: Path) -> bool:
        """Load a task in place of the one before; whether it goes on from a draft."""
        assert self.site is not None
        opened = work.open_task(self.site, task_id, root)
        self.close()
        from_draft: bool = opened.draft.is_file()
        self.ct = slicer.util.loadVolume(str(opened.ct))
        self.segmentation = slicer.util.loadSegmentation(str(opened.draft if from_draft else opened.mask))
        self.segmentation.SetName(f"{opened.case} mask")
        self.segmentation.SetReferenceImageGeometryParameterFromVolumeNode(self.ct)
        self.task, self.active_seconds, self.unkept = opened, 0, False
        segments = self.segmentation.GetSegmentation()
        kinds = slicer.vtkSegmentation
        drawn = getattr(kinds, "SourceRepresentationModified", None)
        if drawn is None:  # as it was called before Slicer 5.3
            drawn = kinds.MasterRepresentationModified
        events = (drawn, kinds.SegmentRemoved)
        self._observed = (segments, [segments.AddObserver(event, self.on_edited) for event in events])
        return from_draft

    def close(self) -> None:
        """Take the task out of the scene; its draft stays."""
        if self._observed is not None:
            segments, tags = self._observed
            for tag in tags:
                segments.RemoveObserver(tag)
        for node in (self.segmentation, self.ct):
            if node is not None:
                slicer.mrmlScene.RemoveNode(node)
        self.task = self.ct = self.segmentation = self._observed = None

    def on_edited(self, caller: Any = None, event: Any = None) -> None:
        """A segment was drawn, or taken away."""
        self.unkept, self.changed_ago = True, 0

    def tick(self) -> None:
        """Ten seconds went by: they count as work where something was drawn lately."""
        if self.task is not None and self.changed_ago < IDLE_AFTER_SECONDS:
            self.active_seconds += TICK_SECONDS
        self.changed_ago += TICK_SECONDS

    def add_level(self, level: work.Level) -> str:
        """An empty segment of a level; its id. The site knows it by its name."""
        segments = self.segmentation.GetSegmentation()
        found = segments.GetSegmentIdBySegmentName(level.name)
        return str(found or segments.AddEmptySegment("", level.name, level.colour))

    def keep_draft(self, always: bool = False) -> bool:
        """Keep the segments on this machine, where they were edited since; whether they were."""
        if self.task is None or not (self.unkept or always):
            return False
        written = self.task.folder / "writing.seg.nrrd"
        if not slicer.util.saveNode(self.segmentation, str(written)):
            raise OSError(f"Slicer could not write {written}.")
        work.keep_draft(self.task, written)
        self.unkept = False
        return True

    def difference(self) -> work.Difference:
        """What saving would change at the site."""
        assert self.site is not None
        assert self.task is not None
        self.keep_draft(always=True)
        return work.difference(self.site, self.task, self.task.draft)

    def save(self, change: work.Difference) -> None:
        """Make it at the site."""
        assert self.site is not None
        assert self.task is not None
        self.task = work.save(self.site, self.task, change)

    def hand_in(self, change: work.Difference) -> None:
        """Hand the task in, and take it out of the scene."""
        assert self.site is not None
        assert self.task is not None
        self.task = work.save(self.site, self.task, change)  # stays saved where handing in is refused
        work.hand_in(self.site, self.task, change, active_seconds=self.active_seconds)
        self.close()


class VertebaseWidget(ScriptedLoadableModuleWidget):
    """The module's panel."""

    def setup(self) -> None:
        ScriptedLoadableModuleWidget.setup(self)
        self.logic = VertebaseLogic()
        self.listed: list[work.Listed] = []
        self.code: Code | None = None
        self._build_sign_in()
        self._build_task()
        self.status = qt.QLabel("")
        self.status.setWordWrap(True)
        self.layout.addWidget(self.status)
        self.layout.addStretch(1)
        self.asking = self._timer(self.on_ask, single=True)
        self.drafts = self._timer(self.on_draft, every_ms=DRAFT_EVERY_MS)
        self.ticks = self._timer(self.logic.tick, every_ms=1000 * TICK_SECONDS)
        kept = qt.QSettings()
        self.address.text = kept.value(ADDRESS) or default_site()
        if kept.value(TOKEN):
            self._guarded(lambda: self._signed_in(Site(self.address.text, str(kept.value(TOKEN)))))

    def cleanup(self) -> None:
        """Slicer closes or reloads the module."""
        for timer in (self.asking, self.drafts, self.ticks):
            timer.stop()
        with contextlib.suppress(OSError):
            self.logic.keep_draft()

    def _section(self, title: str) -> Any:
        section = ctk.ctkCollapsibleButton()
        section.text = title
        self.layout.addWidget(section)
        return qt.QFormLayout(section)

    def _button(self, text: str, act: Callable[[], None], form: Any) -> Any:
        button = qt.QPushButton(text)
        button.connect("clicked()", lambda: self._guarded(act))
        form.addRow(button)
        return button

    def _timer(self, act: Callable[[], None], every_ms: int = 0, single: bool = False) -> Any:
        timer = qt.QTimer()
        timer.setSingleShot(single)
        timer.connect("timeout()", lambda: self._guarded(act))
        if every_ms:
            timer.start(every_ms)
        return timer

    def _build_sign_in(self) -> None:
        form = self._section("Site")
        self.address = qt.QLineEdit()
        self.token = qt.QLineEdit()
        self.token.setEchoMode(qt.QLineEdit.Password)
        self.token.setPlaceholderText("only where no browser is at hand")
        form.addRow("Address:", self.address)
        self._button("Sign in with the browser", self.on_sign_in, form)
        form.addRow("Token:", self.token)
        self._button("Sign in with the token", self.on_token, form)
        self._button("Sign out", self.on_sign_out, form)

    def _build_task(self) -> None:
        form = self._section("Tasks")
        self.choice = qt.QComboBox()
        form.addRow("Yours:", self.choice)
        self._button("Look again", self.on_list, form)
        self._button("Open", self.on_open, form)
        self.level = qt.QComboBox()
        form.addRow("Level:", self.level)
        self._button("Add this level", self.on_add, form)
        self._button("Save at the site", self.on_save, form)
        self._button("Hand in", self.on_hand_in, form)

    def _guarded(self, act: Callable[[], None]) -> None:
        """Do something, and say in a sentence why it could not be done."""
        try:
            act()
        except (Refused, Unreachable, OSError, ValueError) as error:
            self.say(str(error))

    def say(self, text: str) -> None:
        """Show a sentence below the buttons."""
        self.status.text = text

    def on_sign_in(self) -> None:
        """Show the code, and open the page that it is confirmed on."""
        self.logic.site = Site(self.address.text)
        self.code = self.logic.site.begin_sign_in()
        qt.QDesktopServices.openUrl(qt.QUrl(self.code.address))
        self.say(f"Confirm the code {self.code.user_code} in the browser: {self.code.address}")
        self.asking.start(1000 * self.code.interval_seconds)

    def on_ask(self) -> None:
        """Whether it was confirmed by now."""
        if self.code is None or self.logic.site is None:
            return
        try:
            done, seconds = self.logic.site.end_sign_in(self.code)
        except Unreachable:
            self.asking.start(1000 * self.code.interval_seconds)
            raise
        except Refused:
            self.code = None
            raise
        if not done:
            self.asking.start(1000 * seconds)
            return
        self.code = None
        self._signed_in(self.logic.site)

    def on_token(self) -> None:
        """Sign in with a token that was made on the account page."""
        self._signed_in(Site(self.address.text, self.token.text.strip()))
        self.token.text = ""

    def _signed_in(self, site: Site) -> None:
        who = site.me()["email"]
        self.logic.site = site
        kept = qt.QSettings()
        kept.setValue(ADDRESS, site.address)
        kept.setValue(TOKEN, site.token)
        self.on_list()
        self.say(f"Signed in as {who}.")

    def on_sign_out(self) -> None:
        """Forget the token."""
        self.logic.keep_draft()
        self.logic.close()
        self.logic.site = None
        qt.QSettings().remove(TOKEN)
        self.choice.clear()
        self.say("Signed out. The token works until you revoke it on your account page.")

    def _site(self) -> Site:
        if self.logic.site is None or not self.logic.site.token:
            raise ValueError("Sign in first.")
        return self.logic.site

    def on_list(self) -> None:
        """Look for tasks."""
        self.listed = work.tasks_of(self._site())
        self.choice.clear()
        self.choice.addItems([one.title for one in self.listed])
        self.say(f"{len(self.listed)} open tasks.")

    def on_open(self) -> None:
        """Open the chosen task."""
        self._site()
        if not 0 <= self.choice.currentIndex < len(self.listed):
            raise ValueError("Choose a task.")
        chosen = self.listed[self.choice.currentIndex]
        if not chosen.can_open:
            raise ValueError("In this task no mask is edited: do it at the site.")
        self.logic.keep_draft()
        root = Path(slicer.app.slicerUserSettingsFilePath).parent / "vertebase-tasks"
        from_draft = self.logic.open(chosen.id, root)
        assert self.logic.task is not None
        self.levels = work.levels_of(self.logic.task)
        self.level.clear()
        self.level.addItems([level.name for level in self.levels])
        slicer.util.selectModule("SegmentEditor")
        self.say("It goes on from the draft on this machine." if from_draft else f"{chosen.title} is open.")

    def on_add(self) -> None:
        """A segment for the chosen level."""
        self._open_task()
        self.logic.add_level(self.levels[self.level.currentIndex])

    def on_draft(self) -> None:
        """Every minute."""
        if self.logic.keep_draft():
            self.say("The draft is kept on this machine.")

    def _open_task(self) -> work.Opened:
        self._site()
        if self.logic.task is None:
            raise ValueError("Open a task first.")
        return self.logic.task

    def _shown(self, question: str) -> work.Difference | None:
        """The difference, once the person has seen it and said yes."""
        task, change = self._open_task(), self.logic.difference()
        told = f"{question}\n\n{work.in_words(task, change)}"
        return change if slicer.util.confirmYesNoDisplay(told, windowTitle="Vertebase") else None

    def on_save(self) -> None:
        """Save at the site what was shown."""
        change = self._shown("Save this at the site?")
        if change is not None:
            self.logic.save(change)
            self.say("Saved at the site.")

    def on_hand_in(self) -> None:
        """Hand in what was shown. What only the site can ask is said with the page where it is answered."""
        task = self._open_task()
        change = self._shown("Hand the task in as it is?")
        if change is None:
            return
        try:
            self.logic.hand_in(change)
        except Refused as refused:
            raise ValueError(f"{refused} Go on at {task.address}") from refused
        self.on_list()
        self.say("Handed in.")
