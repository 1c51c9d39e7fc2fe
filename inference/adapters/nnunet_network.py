"""nnU-Net v2's plain convolutional U-Net, built from its plans, with the names of weights that it has there.

Written anew after the published description (F. Isensee et al., Nature Methods 2021) and the state of its
checkpoints, so that a model folder runs without nnU-Net's own packages. Only the last output is computed:
deep supervision is for training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from backend.science.errors import BadInput

Three = tuple[int, int, int]


@dataclass(frozen=True)
class Architecture:
    """What the plans say of the network; lists have one entry for each stage, from the finest down."""

    features: tuple[int, ...]
    kernels: tuple[Three, ...]
    strides: tuple[Three, ...]
    convs_down: tuple[int, ...]
    convs_up: tuple[int, ...]
    bias: bool = True


def architecture_of(configuration: dict[str, Any]) -> Architecture:
    """Read a configuration of plans.json, in the form of nnU-Net 2.3 and later or the one before.

    Raises `BadInput` for another network than the plain U-Net.
    """
    found = configuration.get("architecture")
    if found is None:
        return _older(configuration)
    name = str(found["network_class_name"]).rpartition(".")[2]
    if name != "PlainConvUNet":
        raise BadInput("other_network", f"the model's network is {name}; only PlainConvUNet can be run")
    words = found["arch_kwargs"]
    stages = int(words["n_stages"])
    return Architecture(
        tuple(words["features_per_stage"]),
        _each(words["kernel_sizes"], stages),
        _each(words["strides"], stages),
        _numbers(words["n_conv_per_stage"], stages),
        _numbers(words["n_conv_per_stage_decoder"], stages - 1),
        bool(words.get("conv_bias", True)),
    )


def _older(configuration: dict[str, Any]) -> Architecture:
    name = configuration.get("UNet_class_name")
    if name != "PlainConvUNet":
        raise BadInput("other_network", f"the model's network is {name}; only PlainConvUNet can be run")
    kernels = configuration["conv_kernel_sizes"]
    stages = len(kernels)
    first, most = int(configuration["UNet_base_num_features"]), int(configuration["unet_max_num_features"])
    return Architecture(
        tuple(min(first * 2**n, most) for n in range(stages)),
        _each(kernels, stages),
        _each(configuration["pool_op_kernel_sizes"], stages),
        _numbers(configuration["n_conv_per_stage_encoder"], stages),
        _numbers(configuration["n_conv_per_stage_decoder"], stages - 1),
    )


def _each(values: Sequence[Any], stages: int) -> tuple[Three, ...]:
    if len(values) != stages or any(len(value) != 3 for value in values):
        raise BadInput("bad_plans", "the plans do not give three numbers for each stage")
    return tuple((int(a), int(b), int(c)) for a, b, c in values)


def _numbers(value: Any, count: int) -> tuple[int, ...]:
    listed = (int(value),) * count if isinstance(value, int) else tuple(int(v) for v in value)
    if len(listed) != count:
        raise BadInput("bad_plans", "the plans do not give one number for each stage")
    return listed


class Block(nn.Module):
    """Convolution, instance norm, leaky ReLU."""

    def __init__(self, given: int, made: int, kernel: Three, stride: Three, bias: bool) -> None:
        super().__init__()
        a, b, c = ((k - 1) // 2 for k in kernel)
        self.conv = nn.Conv3d(given, made, kernel, stride, (a, b, c), bias=bias)
        self.norm = nn.InstanceNorm3d(made, eps=1e-5, affine=True)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = nn.functional.leaky_relu(self.norm(self.conv(x)), 0.01)
        return out


class Stacked(nn.Module):
    """Several blocks, of which the first may stride."""

    def __init__(self, count: int, given: int, made: int, kernel: Three, stride: Three, bias: bool) -> None:
        super().__init__()
        first = Block(given, made, kernel, stride, bias)
        rest = [Block(made, made, kernel, (1, 1, 1), bias) for _ in range(count - 1)]
        self.convs = nn.Sequential(first, *rest)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.convs(x)
        return out


class Encoder(nn.Module):
    def __init__(self, channels: int, a: Architecture) -> None:
        super().__init__()
        given = [channels, *a.features[:-1]]
        self.stages = nn.Sequential(
            *(
                nn.Sequential(Stacked(n, before, after, kernel, stride, a.bias))
                for n, before, after, kernel, stride in zip(
                    a.convs_down, given, a.features, a.kernels, a.strides, strict=True
                )
            )
        )

    def forward(self, x: Tensor) -> list[Tensor]:
        kept = []
        for stage in self.stages:
            x = stage(x)
            kept.append(x)
        return kept


class Decoder(nn.Module):
    def __init__(self, classes: int, a: Architecture) -> None:
        super().__init__()
        ups, stages, heads = [], [], []
        for n in range(1, len(a.features)):
            below, here = a.features[-n], a.features[-n - 1]
            stride, kernel = a.strides[-n], a.kernels[-n - 1]
            ups.append(nn.ConvTranspose3d(below, here, stride, stride, bias=a.bias))
            stages.append(Stacked(a.convs_up[n - 1], 2 * here, here, kernel, (1, 1, 1), a.bias))
            heads.append(nn.Conv3d(here, classes, 1, bias=True))
        self.transpconvs = nn.ModuleList(ups)
        self.stages = nn.ModuleList(stages)
        self.seg_layers = nn.ModuleList(heads)

    def forward(self, skips: list[Tensor]) -> Tensor:
        x = skips[-1]
        for n, (up, stage) in enumerate(zip(self.transpconvs, self.stages, strict=True)):
            x = stage(torch.cat((up(x), skips[-n - 2]), 1))
        out: Tensor = self.seg_layers[-1](x)
        return out


class PlainConvUNet(nn.Module):
    """The network; its state has the names of nnU-Net's, without the doubles that its own state holds."""

    def __init__(self, channels: int, classes: int, architecture: Architecture) -> None:
        super().__init__()
        self.encoder = Encoder(channels, architecture)
        self.decoder = Decoder(classes, architecture)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.decoder(self.encoder(x))
        return out


def own_names(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """A checkpoint's weights without what stands in it twice (`all_modules`, the decoder's encoder)."""
    out = {}
    for key, value in state.items():
        name = key.removeprefix("module.").removeprefix("_orig_mod.")
        if ".all_modules." not in name and not name.startswith("decoder.encoder."):
            out[name] = value
    return out
