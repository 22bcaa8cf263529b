"""`recon.nonnegative` as an operator of torch graphs; `recon.onnx_loop` makes ONNX of it."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from recon.nonnegative import JITTER, keeping, moments


@torch.library.custom_op("insole::pressing", mutates_args=())
def pressing(
    maps: Tensor, basis: Tensor, lift: Tensor, products: Tensor, jitter: Tensor, adjugate: Tensor
) -> Tensor:
    """(n, P), some below 0 -> (n, P), none; the others are those of `Pressing`."""
    return torch.from_numpy(keeping(maps.numpy(), basis.numpy(), lift.numpy()))


@pressing.register_fake
def _(maps: Tensor, *_: Tensor) -> Tensor:
    return torch.empty_like(maps)


class Pressing(nn.Module):
    """`nonnegative`: (n, P), some below 0 -> (n, rows, columns), none.

    It holds what the loop reckons with: the moments of all pixels and of the foot's (P, 3), and
    their products (P, 9); a matrix (9, 9) that adds a little of another's trace to its diagonal;
    and one, (81, 9), that makes a 3 x 3 matrix's adjugate of the products of its entries, as ONNX
    solves no equations.
    """

    def __init__(
        self, foot: NDArray[np.bool_], shape: tuple[int, int], *, centre: bool = True
    ) -> None:
        super().__init__()
        self.shape = shape
        basis = moments(shape, centre)
        lift = basis * foot[:, None]
        products = (lift[:, :, None] * lift[:, None, :]).reshape(len(lift), 9)
        eye = np.eye(3)
        jitter = JITTER * np.outer(eye, eye)
        sign = np.zeros((3, 3, 3))
        for place in permutations(range(3)):
            sign[place] = np.linalg.det(eye[list(place)])
        adjugate = np.einsum("apq,brs->prqsab", sign, sign).reshape(81, 9) / 2
        values = (basis, lift, products, jitter, adjugate)
        for name, value in zip(
            ("basis", "lift", "products", "jitter", "adjugate"), values, strict=True
        ):
            self.register_buffer(name, torch.from_numpy(value))

    def forward(self, maps: Tensor) -> Tensor:
        found: Tensor = pressing(maps, *self.buffers())
        return found.reshape(-1, *self.shape)
