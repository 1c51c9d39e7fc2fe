"""A network in ONNX, written byte by byte: the package that exports them is not needed to run them."""

from __future__ import annotations

import struct
from collections.abc import Sequence


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes | str) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _tensor(name: str, shape: Sequence[int], values: Sequence[float]) -> bytes:
    """TensorProto of float32."""
    dims = b"".join(_number(1, n) for n in shape)
    return dims + _number(2, 1) + _bytes(8, name) + _bytes(9, struct.pack(f"<{len(values)}f", *values))


def _value(name: str, dims: Sequence[int | str]) -> bytes:
    """ValueInfoProto of a float32 tensor; a word stands for any size."""
    shape = b"".join(_bytes(1, _number(1, d) if isinstance(d, int) else _bytes(2, d)) for d in dims)
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, 1) + _bytes(2, shape)))


def convolution(weights: Sequence[float], biases: Sequence[float]) -> bytes:
    """A 1x1x1 convolution from one channel to as many classes as there are weights, as an ONNX file."""
    classes = len(weights)
    node = b"".join(_bytes(1, name) for name in ("x", "w", "b")) + _bytes(2, "y") + _bytes(4, "Conv")
    graph = (
        _bytes(1, node)
        + _bytes(2, "one convolution")
        + _bytes(5, _tensor("w", (classes, 1, 1, 1, 1), weights))
        + _bytes(5, _tensor("b", (classes,), biases))
        + _bytes(11, _value("x", (1, 1, "i", "j", "k")))
        + _bytes(12, _value("y", (1, classes, "i", "j", "k")))
    )
    return _number(1, 8) + _bytes(7, graph) + _bytes(8, _bytes(1, "") + _number(2, 13))
