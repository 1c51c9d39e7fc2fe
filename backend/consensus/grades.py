"""The readers' grades of one case side by side, for the comparison's report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from backend.science.agreement.grades import tally_grades
from backend.science.agreement.pair import number
from backend.science.labels import sort_labels


def grade_report(gradings: Sequence[Sequence[dict[str, Any]]]) -> dict[str, Any]:
    """Answers by label of two or more readers, each given as rows with ``label`` and ``grade``.

    ``exact`` and ``within_one`` are shares of all pairs of answers (None where there is no pair);
    ``disputed`` are the vertebrae on which not all gave one grade, or not all gave any. Chance-corrected
    coefficients need more vertebrae than one case has, and are made over projects.
    """
    readers = [{int(row["label"]): row.get("grade") for row in rows} for rows in gradings]
    labels = sort_labels({label for reader in readers for label in reader})
    answers = {label: [reader.get(label) for reader in readers] for label in labels}
    table = [[np.nan if grade is None else float(grade) for grade in given] for given in answers.values()]
    tally = tally_grades(np.array(table, dtype=np.float64).reshape(len(labels), len(readers)))
    silent = {place for place, given in enumerate(answers.values()) if all(g is None for g in given)}
    disputed = (set(tally.disagreeing) | set(tally.incomplete)) - silent
    return {
        "labels": {str(label): given for label, given in answers.items()},
        "pairs": tally.pairs,
        "exact": number(tally.exact_share),
        "within_one": number(tally.near_share),
        "disputed": [labels[place] for place in sorted(disputed)],
    }
