"""The bots at work: they take what the site gives them next, until there is nothing left to do."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from backend.client import Invalid, Site, Task
from backend.client import wire_generated as wire
from backend.replay import hands
from backend.replay.hands import Hand, dice
from backend.replay.recipe import SeriesPlan
from backend.replay.scenes import Scenes
from backend.science.labels import name_of, sort_labels
from backend.science.volume import MaskArray, label_voxels

GOOD_ENOUGH = 0.93  # Dice: what an expert lets stand, and takes from a rater
RETURNED_BELOW = 0.88  # a reviewer sends it back
SECONDS_A_VERTEBRA = 40
PAUSE_SECONDS = 2.0
MOST_ATTEMPTS = 3  # at one task, each failure noted
Note = Callable[[str], None]


class Bot:
    """Somebody who works: asks for a task, does it, asks again."""

    def __init__(self, key: str, site: Site, slug: str, scenes: Scenes, seed: int, note: Note) -> None:
        self.key, self.scenes, self.seed = key, scenes, seed
        self._site, self._slug, self._note = site, slug, note
        self.done: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()

    def work(self, ended: Callable[[], bool]) -> None:
        """Until it is ``ended``. Raises what went wrong three times at the same task."""
        project = self._site.project(self._slug)
        never = threading.Event()
        while not ended():
            task = project.next_task()
            if task is None:
                never.wait(PAUSE_SECONDS)
                continue
            try:
                self.carry_out(task)
            except Exception as error:
                self._failed[task.id] += 1
                self._note(f"{self.key} at {task.row['case_alias']} ({task.kind}): {error}")
                if self._failed[task.id] >= MOST_ATTEMPTS:
                    raise
            else:
                self.done[task.kind] += 1

    def carry_out(self, task: Task) -> None:
        """Do one task, of whatever kind it is."""
        volume = task.row["volume"]
        number = self.scenes.find(volume["shape"], volume["affine_ras_mm"])
        _, series = self.scenes.plan(number)
        act = {"correct": self.rate, "adjudicate": self.adjudicate, "review": self.review}[task.kind]
        act(task, series)

    def rate(self, task: Task, series: SeriesPlan) -> None:
        """Draw and grade with this rater's own errors."""
        hand = next(hand for hand in hands.RATERS if hand.key == self.key)
        reading = hands.readings(series, self.seed)[self.key]
        truth = self.scenes.truth(series.number)
        task.push_array(hands.draw(truth, hand, reading, seed=self._own_seed(hand, series)))
        answers = {
            reading.called(label): told for label, told in reading.answers.items() if label != reading.missed
        }
        material = {reading.called(label): kind for label, kind in series.material.items()}
        self._grade(task, task.refresh().row["gradable"], answers, material)
        task.submit(active_seconds=SECONDS_A_VERTEBRA * len(series.labels))

    def _own_seed(self, hand: Hand, series: SeriesPlan) -> int:
        return 10 * (self.seed + series.number) + hands.RATERS.index(hand)

    def _grade(
        self, task: Task, labels: list[int], answers: dict[int, hands.Answer], material: dict[int, str]
    ) -> None:
        for label in labels:
            kind, grade = answers.get(label, ("", 0))
            if grade or label in material:
                task.grade(label, answer(kind, grade, material.get(label, "none")))
        task.grade_rest_normal()

    def adjudicate(self, task: Task, series: SeriesPlan) -> None:
        """Settle names, take the best outline of each vertebra in question, and read the grades."""
        truth = self.scenes.truth(series.number)
        told = task.row["adjudication"]
        if told is not None and told["naming"] is not None:
            named = true_names(task.mask(), truth, [one["label"] for one in told["naming"]["instances"]])
            task.api.adjudication_names(task.id, {"labels": named, "reason": "counted from the sacrum"})
            told = task.refresh().row["adjudication"]
        if told is not None:
            self._choose(task, told, truth)
        mask = mended(task.mask(), truth)
        task.push_array(mask)
        self._read_grades(task, series)
        task.submit(active_seconds=SECONDS_A_VERTEBRA * max(1, len(told["items"]) if told else 1))

    def _choose(self, task: Task, told: wire.Adjudication, truth: MaskArray) -> None:
        sources = {source["key"]: task.source(source["key"]) for source in told["sources"]}
        for item in told["items"]:
            if set(item["reason"].split(",")) == {"grade"}:
                continue
            label = item["label"]
            shapes = {
                key: own_name(mask, item["names"].get(key, label), label) for key, mask in sources.items()
            }
            best = max(shapes, key=lambda key: dice(shapes[key], truth, label), default=None)
            if best is None or dice(shapes[best], truth, label) < GOOD_ENOUGH:
                task.choose(label, "painted", reason="none of them follows the cortex")
            elif best == "fused":
                task.choose(label, "fused", reason="the fusion follows the cortex")
            else:
                task.choose(label, "rater", source=best, reason="follows the cortex best")

    def _read_grades(self, task: Task, series: SeriesPlan) -> None:
        """The grades that are asked for, as they are."""
        try:
            self._grade(task, task.refresh().row["gradable"], dict(series.fractures), dict(series.material))
        except Invalid as refused:
            self._note(f"{self.key} at {task.row['case_alias']} (grades): {refused}")

    def review(self, task: Task, series: SeriesPlan) -> None:
        """Accept what is right; name what is not."""
        wrong = amiss(task.mask(), self.scenes.truth(series.number))
        if not wrong:
            task.decide(accept=True, active_seconds=15 * len(series.labels))
            return
        names = ", ".join(name_of(label) for label in wrong)
        self._note(f"{self.key} returned {task.row['case_alias']}: {names}")
        task.decide(accept=False, comment=f"Please look again at {names}.", active_seconds=60)


def answer(kind: str, grade: int, material: Any) -> wire.GradingAnswerInputRequest:
    """One vertebra's answer in the site's words."""
    told: wire.GradingAnswerInputRequest = {"grade": grade, "foreign_material": material}
    if grade:
        told["fracture_type"] = kind or "wedge"  # type: ignore[typeddict-item]
    return told


def own_name(mask: MaskArray, theirs: int, label: int) -> MaskArray:
    """One vertebra of a source under the name that it has here; ``theirs`` is 0 where it is not drawn."""
    shape: MaskArray = np.where((mask == theirs) & (mask > 0), label, 0).astype(np.uint8)
    return shape


def true_names(mask: MaskArray, truth: MaskArray, labels: list[int]) -> list[int]:
    """What the vertebrae of a mask are really called: each by the truth beneath most of it."""
    found = []
    for label in labels:
        beneath = truth[(mask == label) & (truth > 0)]
        found.append(int(np.bincount(beneath).argmax()) if beneath.size else label)
    return found


def mended(mask: MaskArray, truth: MaskArray) -> MaskArray:
    """The mask with what an expert would not let stand drawn anew."""
    found = mask.copy(order="F")
    for label in amiss(mask, truth, below=GOOD_ENOUGH):
        found[found == label] = 0
        found[truth == label] = label
    return found


def amiss(mask: MaskArray, truth: MaskArray, *, below: float = RETURNED_BELOW) -> list[int]:
    """The vertebrae that are missing, too many, or badly drawn."""
    labels = set(label_voxels(mask)) | set(label_voxels(truth))
    return [label for label in sort_labels(labels) if dice(mask, truth, label) < below]
