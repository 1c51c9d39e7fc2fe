"""The two networks of the pipeline."""

from __future__ import annotations

from torch import Tensor, nn

from inference.levels import CLASSES
from inference.networks.unet import FoldedUNet, start_bias

# Output channels of the localiser.
VERTEBRA, BODY, CENTRE, RIB = range(4)


class Localiser(nn.Module):
    """3 mm: maps of vertebra, body, body centre and rib, and of levels at half the resolution."""

    def __init__(self, channels: tuple[int, ...] = (24, 48, 96, 128)) -> None:
        super().__init__()
        self.trunk = FoldedUNet(1, 4, channels, refine=0)
        self.levels = nn.Sequential(
            nn.Conv3d(channels[0], 64, 1), nn.LeakyReLU(0.01), nn.Conv3d(64, len(CLASSES), 1)
        )
        start_bias(self.trunk, (-3.0, -3.5, -4.0, -4.0))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of the four maps, and of the levels."""
        features = self.trunk.features(x)
        return self.trunk.outputs(x, features), self.levels(features)


class PatchSegmenter(nn.Module):
    """1.5 mm patch round one body centre, with the centre's heatmap: is a voxel of this vertebra?"""

    def __init__(self, channels: tuple[int, ...] = (32, 64, 96, 128)) -> None:
        super().__init__()
        self.trunk = FoldedUNet(2, 1, channels)
        start_bias(self.trunk, (-3.0,))

    def forward(self, x: Tensor) -> Tensor:
        """Logits of the vertebra at the patch's resolution."""
        logits: Tensor = self.trunk(x)
        return logits
