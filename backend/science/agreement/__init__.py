"""How well raters agree: outlines of vertebrae, their names, and ordinal grades."""

from backend.science.agreement.group import GroupComparison, InstanceAgreement, compare_group
from backend.science.agreement.pair import NamingDispute, PairComparison, ShapeAgreement, compare_pair

__all__ = [
    "GroupComparison",
    "InstanceAgreement",
    "NamingDispute",
    "PairComparison",
    "ShapeAgreement",
    "compare_group",
    "compare_pair",
]
