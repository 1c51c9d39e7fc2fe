"""A lean 3D U-Net for CPUs.

The input is folded two by two by two into channels, so that all the deep work is done at half the
resolution; the output is unfolded again and sharpened by one convolution that sees the image at full
resolution. Against a plain U-Net of the same speed this leaves room for twice the channels. Skips are
added, not concatenated, and decoder levels have one convolution.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

FOLD = 2
# A processor's bf16 kernels for most layers are two to six times faster on channels that lie side by side.
_TOGETHER = torch.channels_last_3d


def _channels_together(x: Tensor) -> bool:
    """Whether the channels of one voxel are to lie together in memory: where a processor runs a network in
    bf16 and nothing is learnt."""
    return x.device.type == "cpu" and torch.is_autocast_enabled("cpu") and not torch.is_grad_enabled()


class ConvBlock(nn.Module):
    """Convolution, instance normalisation, leaky ReLU."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.conv = nn.Conv3d(channels_in, channels_out, 3, padding=1, bias=False)
        self.norm = nn.InstanceNorm3d(channels_out, affine=True)

    def forward(self, x: Tensor) -> Tensor:
        """Same spatial shape as the input."""
        return F.leaky_relu(self._normalised(self.conv(x)), 0.01, inplace=True)

    def _normalised(self, x: Tensor) -> Tensor:
        if len(x) > 1 or not _channels_together(x):
            normalised: Tensor = self.norm(x)
            return normalised
        # Of a batch of one it is the same, and unlike instance normalisation it leaves the channels together.
        norm = self.norm
        return F.batch_norm(x, None, None, norm.weight, norm.bias, training=True, momentum=0.0, eps=norm.eps)


def fold(x: Tensor) -> Tensor:
    """Blocks of 2x2x2 voxels into channels: (n, c, d, h, w) to (n, 8c, d/2, h/2, w/2)."""
    n, c, d, h, w = x.shape
    blocks = x.view(n, c, d // 2, 2, h // 2, 2, w // 2, 2)
    return blocks.permute(0, 1, 3, 5, 7, 2, 4, 6).reshape(n, c * 8, d // 2, h // 2, w // 2)


def unfold(x: Tensor) -> Tensor:
    """The inverse of `fold`."""
    n, c, d, h, w = x.shape
    blocks = x.view(n, c // 8, 2, 2, 2, d, h, w)
    return blocks.permute(0, 1, 5, 2, 6, 3, 7, 4).reshape(n, c // 8, 2 * d, 2 * h, 2 * w)


class FoldedUNet(nn.Module):
    """U-Net over folded voxels; every axis must divide by 2 ** len(channels). Without `refine` channels the
    output is not sharpened, which is enough for maps that need no sharp border."""

    def __init__(self, channels_in: int, channels_out: int, channels: Sequence[int], refine: int = 8) -> None:
        super().__init__()
        self.encoder = nn.ModuleList()
        before = channels_in * FOLD**3
        for width in channels:
            self.encoder.append(nn.Sequential(ConvBlock(before, width), ConvBlock(width, width)))
            before = width
        upwards = list(reversed(channels))
        pairs = list(pairwise(upwards))
        self.lift = nn.ModuleList(nn.Conv3d(a, b, 1) for a, b in pairs)
        self.decoder = nn.ModuleList(ConvBlock(b, b) for _, b in pairs)
        self.expand = nn.Conv3d(channels[0], (refine or channels_out) * FOLD**3, 1)
        self.sharpen: nn.Conv3d | None = None
        self.head: nn.Conv3d | None = None
        if refine:
            self.sharpen = nn.Conv3d(refine + channels_in, refine, 3, padding=1)
            self.head = nn.Conv3d(refine, channels_out, 1)

    def features(self, x: Tensor) -> Tensor:
        """Features at half the input's resolution."""
        skips = []
        y = fold(x)
        if _channels_together(y):
            y = y.contiguous(memory_format=_TOGETHER)
        for depth, stage in enumerate(self.encoder):
            y = stage(F.max_pool3d(y, 2) if depth else y)
            skips.append(y)
        for lift, decode, skip in zip(self.lift, self.decoder, reversed(skips[:-1]), strict=True):
            y = F.interpolate(lift(y), size=skip.shape[2:], mode="trilinear", align_corners=False)
            y = decode(y + skip)
        return y

    def outputs(self, x: Tensor, features: Tensor) -> Tensor:
        """Logits at the input's resolution from the features at half of it."""
        wide = unfold(self.expand(features))
        if self.sharpen is None or self.head is None:
            return wide
        # Convolutions over an odd number of channels are slow on CPUs: channels of zeros round it up.
        joined = torch.cat([wide, x.to(wide.dtype)], dim=1)
        spare = -joined.shape[1] % 16
        kernel = F.pad(self.sharpen.weight, (0, 0, 0, 0, 0, 0, 0, spare))
        joined = F.pad(joined, (0, 0, 0, 0, 0, 0, 0, spare))
        if _channels_together(joined):
            joined = joined.contiguous(memory_format=_TOGETHER)
        logits: Tensor = self.head(F.leaky_relu(F.conv3d(joined, kernel, self.sharpen.bias, padding=1), 0.01))
        return logits

    def forward(self, x: Tensor) -> Tensor:
        """Logits of the input's spatial shape."""
        return self.outputs(x, self.features(x))


def start_bias(network: FoldedUNet, values: Sequence[float]) -> None:
    """Set the output biases: rare classes start improbable, which spares the first hundred steps."""
    bias = (network.head or network.expand).bias
    assert bias is not None
    with torch.no_grad():
        bias.copy_(torch.tensor(values).repeat_interleave(bias.numel() // len(values)))
