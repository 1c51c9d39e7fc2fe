"""The labelling network: two projections of the localised spine, read together along its length.

In the manner of the Btrfly network, a sagittal and a coronal projection are encoded by arms of their own
and joined. Since the spine has been found already, both are taken along its centre line, and the answer
is one-dimensional: how much each height is a body's centre, and of which level.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from inference.levels import CLASSES

VIEW_CHANNELS = 2
_DILATIONS = (1, 2, 4, 8, 16, 1, 2, 4, 8, 1)


class _Arm(nn.Module):
    """Convolutions that shrink a projection across the spine and keep its length."""

    def __init__(self, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.stages = nn.ModuleList()
        before = VIEW_CHANNELS
        for width in widths:
            self.stages.append(
                nn.Sequential(nn.Conv2d(before, width, 3, padding=1, bias=False), nn.GroupNorm(4, width))
            )
            before = width

    def forward(self, x: Tensor) -> Tensor:
        """(n, c, across, along) to (n, features, along)."""
        for depth, stage in enumerate(self.stages):
            x = F.leaky_relu(stage(F.avg_pool2d(x, (2, 1)) if depth else x), 0.01)
        return torch.cat([x.mean(dim=2), x.amax(dim=2)], dim=1)


class _Along(nn.Module):
    """A residual, dilated convolution along the spine."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation, bias=False)
        self.norm = nn.GroupNorm(4, width)

    def forward(self, x: Tensor) -> Tensor:
        """Same shape as the input."""
        return x + F.leaky_relu(self.norm(self.conv(x)), 0.01)


class Labeller(nn.Module):
    """Logits along the spine: body centre (1) and level (one for each class)."""

    def __init__(self, channels: tuple[int, ...] = (16, 32, 48, 64)) -> None:
        super().__init__()
        self.sagittal, self.coronal = _Arm(channels), _Arm(channels)
        width = 96
        self.join = nn.Conv1d(4 * channels[-1], width, 1)
        self.along = nn.Sequential(*(_Along(width, d) for d in _DILATIONS))
        self.head = nn.Conv1d(width, 1 + len(CLASSES), 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """`x` is (n, 4, across, along): sagittal mean and maximum, coronal mean and maximum."""
        views = [self.sagittal(x[:, :VIEW_CHANNELS]), self.coronal(x[:, VIEW_CHANNELS:])]
        out = self.head(self.along(self.join(torch.cat(views, dim=1))))
        return out[:, 0], out[:, 1:]
