"""The agreement of a project's raters, as stored, sent and shown. Formulas in science/agreement/pooled.py.

People are ids. Lengths in mm, volumes in ml; null where not defined.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from backend.common.stored import Listed, Report

Number = float | None
Id = Annotated[str, Field(json_schema_extra={"format": "uuid"})]


class Estimate(Report):
    """A figure with its 95 % interval over patients; null where not defined."""

    value: Number = None
    low: Number = None
    high: Number = None


class AgreementNumbers(Report):
    """Pairs of raters over vertebrae, measure by measure."""

    pairs: Annotated[int, Field(description="Vertebrae times pairs of raters")] = 0
    patients: int = 0
    missing: Annotated[int, Field(description="Pairs of which one did not draw the vertebra")] = 0
    dice: Estimate = Estimate()
    hd95_mm: Estimate = Estimate()
    assd_mm: Estimate = Estimate()
    nsd_1mm: Estimate = Estimate()
    nsd_2mm: Estimate = Estimate()


class AgreementLevel(AgreementNumbers):
    """The vertebrae of one level."""

    label: int


class AgreementPair(AgreementNumbers):
    """Two raters on what they share."""

    first: Id
    second: Id
    cases: int = 0
    graded: Annotated[int, Field(description="Vertebrae that both graded")] = 0
    kappa: Annotated[Estimate | None, Field(description="Cohen's, quadratic weights")] = None


class AgreementGrades(Report):
    """All raters on grades."""

    vertebrae: int = 0
    patients: int = 0
    differing: int = 0
    fleiss: Estimate = Estimate()
    alpha: Annotated[Estimate, Field(description="Krippendorff's, ordinal")] = Estimate()
    ac2: Annotated[Estimate, Field(description="Gwet's, quadratic weights")] = Estimate()


class VolumePoint(Report):
    """A vertebra of two raters in a Bland-Altman plot."""

    label: int
    mean_ml: float
    difference_ml: float


class AgreementVolumes(Report):
    """Bland and Altman's limits of agreement (Lancet 1986;1:307), and some of the points."""

    pairs: int = 0
    bias_ml: Estimate = Estimate()
    lower_ml: Number = None
    upper_ml: Number = None
    points: Listed[VolumePoint] = ()


class GivenName(Report):
    """What one rater, by letter, called a vertebra."""

    slot: str
    label: Annotated[int, Field(description="0: not drawn")]


class AgreementNaming(Report):
    """A vertebra that is called by more than one name."""

    case_id: Id
    alias: str
    label: int
    names: Listed[GivenName] = ()


class Figures(Report):
    """Everything that is computed over one set of comparisons, less the people."""

    what = "The report of agreement"

    comparisons: Annotated[int, Field(description="Comparisons that these figures are of")] = 0
    cases: int = 0
    patients: int = 0
    overall: AgreementNumbers = AgreementNumbers()
    levels: Listed[AgreementLevel] = ()
    pairs: Annotated[
        Listed[AgreementPair], Field(description="Of many pairs one page, least alike first")
    ] = ()
    pair_count: Annotated[int, Field(description="Pairs on all pages, of one rater where one was named")] = 0
    volumes: AgreementVolumes = AgreementVolumes()
    grades: AgreementGrades = AgreementGrades()
    naming: Annotated[Listed[AgreementNaming], Field(description="The newest hundred")] = ()
    naming_count: Annotated[int, Field(description="Disputed names all told")] = 0


class AgreementFigures(Figures):
    """As stored: people are ids, since names may change while the figures stay."""

    raters: Listed[Id] = ()


class RaterName(Report):
    """A person of the figures."""

    id: Id
    name: str


class Agreement(Figures):
    """As sent: with names, and of how many comparisons these figures are."""

    state: Annotated[
        Literal["ready", "computing", "failed"], Field(description="Of the report over all comparisons")
    ]
    wanted: Annotated[int, Field(description="Comparisons there are")]
    computed_at: datetime | None
    error: Annotated[str, Field(description="Why it could not be computed")]
    pairs_are_paged: Annotated[
        bool, Field(description="There are more pairs than one answer holds: ask by rater and page")
    ] = False
    page_size: int = 0
    raters: Listed[RaterName] = ()
