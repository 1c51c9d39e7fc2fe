"""How well readers agree on the grades of one case: counts that add up over cases."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

from backend.science.labels import sort_labels


def grade_agreement(gradings: Sequence[Sequence[dict[str, Any]]]) -> dict[str, Any]:
    """Agreement of two or more readers, each given as rows with ``label`` and ``grade``.

    ``exact`` and ``within_one`` are shares of all pairs of readers over the vertebrae that both graded
    (``None`` where there is no such pair); ``disputed`` are the vertebrae on which not all gave one grade, or
    not all gave any. Chance-corrected coefficients need more vertebrae than one case has, and are made over
    projects.
    """
    readers = [{int(row["label"]): row.get("grade") for row in rows} for rows in gradings]
    labels = sort_labels({label for reader in readers for label in reader})
    pairs = exact = near = 0
    for first, second in combinations(readers, 2):
        for label in labels:
            one, two = first.get(label), second.get(label)
            if one is None or two is None:
                continue
            pairs += 1
            exact += one == two
            near += abs(one - two) <= 1
    answers = {label: [reader.get(label) for reader in readers] for label in labels}
    return {
        "labels": {str(label): given for label, given in answers.items()},
        "pairs": pairs,
        "exact": exact / pairs if pairs else None,
        "within_one": near / pairs if pairs else None,
        "disputed": [label for label, given in answers.items() if len(set(given)) > 1],
    }
