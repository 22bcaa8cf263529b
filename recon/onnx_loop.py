"""`recon.onnx_pressing.pressing` in ONNX, a loop; onnxscript is an optional extra."""

# mypy: ignore-errors
# The function is no Python: onnxscript reads its text, and knows more operators than its types do.

from collections.abc import Callable
from typing import Any

import torch
from onnxscript import DOUBLE, FLOAT, script
from onnxscript import opset18 as op
from onnxscript.values import Opset

from recon.nonnegative import CLOSE, HARDER, ROUNDS

_SINGLE, _DOUBLE = 1, 11  # ONNX's numbers of the types


@script(Opset("insole", 1), default_opset=op)
def pressing_loop(
    maps: FLOAT,
    basis: FLOAT,
    lift: FLOAT,
    products: FLOAT,
    jitter: DOUBLE,
    adjugate: DOUBLE,
) -> FLOAT:
    """`pressing`, step by step as in `recon.nonnegative`."""
    across = op.Transpose(lift, perm=[1, 0])
    cut = op.Relu(maps)
    wanted = op.MatMul(maps, basis)
    close = op.ReduceSum(cut, [1], keepdims=1) * CLOSE
    moved = op.Identity(cut)
    multiplier = wanted * 0.0
    gap = op.MatMul(moved, basis) - wanted
    for _ in range(ROUNDS):
        matrix = op.Cast(op.MatMul(op.Cast(moved > 0.0, to=_SINGLE), products), to=_DOUBLE)
        matrix = matrix + op.MatMul(matrix, jitter)
        pairs = op.Unsqueeze(matrix, [2]) * op.Unsqueeze(matrix, [1])
        inverse = op.MatMul(op.Reshape(pairs, [-1, 81]), adjugate)
        first = op.Slice(inverse * matrix, [0], [3], [1])
        determinant = op.ReduceSum(first, [1], keepdims=1)
        right = op.Unsqueeze(op.Cast(gap, to=_DOUBLE), [2])
        step = op.Squeeze(op.MatMul(op.Reshape(inverse, [-1, 3, 3]), right), [2])
        far = op.ReduceMax(op.Abs(gap), [1], keepdims=1) > close
        stepped = multiplier - op.Cast(step / determinant, to=_SINGLE)
        multiplier = op.Where(far, stepped, multiplier)
        moved = op.Relu(maps + op.MatMul(multiplier, across))
        gap = op.MatMul(moved, basis) - wanted
    near = op.ReduceMax(op.Abs(gap), [1], keepdims=1) <= close
    force = op.Slice(wanted, [0], [1], [1])
    highest = op.ReduceMax(cut, [1], keepdims=1) * HARDER
    gentle = op.ReduceMax(moved, [1], keepdims=1) <= highest
    return op.Where(op.And(op.And(near, gentle), force > 0.0), moved, cut)


TRANSLATIONS: dict[Callable[..., Any], Callable[..., Any]] = {
    torch.ops.insole.pressing.default: pressing_loop
}
"""For torch's exporter."""
