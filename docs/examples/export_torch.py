"""Writes the row features of a PyTorch model as files that `tributary index build --factors` reads.

The gradient of a row's loss by the weight of a linear layer is an outer product: g ⊗ a, where a is what goes into the
layer and g the gradient of the loss by what comes out of it. Hooks catch both, so the gradient itself, which may be
huge, is never formed. With a bias, a gets a column of ones.

    python export_torch.py --out factors.safetensors             # trains a toy model, and exports it
    python export_torch.py --out factors.safetensors --check     # compares with autograd and finite differences

Layers may be of any width: where they have more than 8,192 lanes in all, `index build --lanes 64x32 --projection-out
projection.trkp` projects their factors to fewer, and `index queries --projection projection.trkp` those of answers. For
answers the loss is that of what the model answered, and `contribution` is left out.

Needs torch 1.13 or newer, and nothing else.
"""

import argparse
import ctypes
import json
import struct
import sys

import torch
from torch import nn


class FactorCatcher:
    """Catches inputs and output gradients of linear layers; use it in a `with` statement.

    Each row of a batch must go through a layer once, as a vector: inputs are [rows, features]. Rows must not depend on
    each other, so batch normalisation has to be in evaluation mode.
    """

    def __init__(self, layers):
        self.layers = layers
        self.inputs = {}
        self.gradients = {}
        self.handles = []

    def __enter__(self):
        for name, layer in self.layers.items():
            self.handles.append(layer.register_forward_hook(self._forward_hook(name)))
            self.handles.append(layer.register_full_backward_hook(self._backward_hook(name)))
        return self

    def __exit__(self, *_):
        for handle in self.handles:
            handle.remove()

    def _forward_hook(self, name):
        def hook(layer, inputs, _output):
            (a,) = inputs
            if a.dim() != 2:
                raise ValueError(f"{name} takes an input of {a.dim()} dimensions: one vector a row is needed")
            a = a.detach()
            if layer.bias is not None:
                a = torch.cat([a, torch.ones(len(a), 1, dtype=a.dtype, device=a.device)], dim=1)
            self.inputs[name] = a

        return hook

    def _backward_hook(self, name):
        def hook(_layer, _grad_inputs, grad_outputs):
            self.gradients[name] = grad_outputs[0].detach()

        return hook


def row_factors(model, layers, loss, batches):
    """a and g of every row, by tensor name: {"LAYER.a": [n, k_a], "LAYER.g": [n, k_g]}.

    layers: {name: nn.Linear}; loss: one number for each row of a batch, from (outputs, targets).
    """
    parts = {}
    training = model.training
    model.eval()
    for x, y in batches:
        # A layer whose input needs no gradient would get none either in its backward hook.
        x = x.detach().requires_grad_(x.is_floating_point())
        with FactorCatcher(layers) as caught:
            # The gradient of the sum by a row's outputs is that of the row's own loss.
            loss(model(x), y).sum().backward()
        model.zero_grad(set_to_none=True)
        for name in layers:
            parts.setdefault(f"{name}.a", []).append(caught.inputs[name])
            parts.setdefault(f"{name}.g", []).append(caught.gradients[name])
    model.train(training)
    return {name: torch.cat(pieces) for name, pieces in parts.items()}


DTYPES = {torch.float16: "F16", torch.bfloat16: "BF16", torch.float32: "F32", torch.float64: "F64", torch.int32: "I32",
          torch.int64: "I64"}


def write_safetensors(path, tensors, metadata):
    """A safetensors file: the header's length, a header in JSON, the numbers, little-endian."""
    if sys.byteorder != "little":
        raise NotImplementedError("write the file on a little-endian machine")
    header = {"__metadata__": metadata}
    pieces = []
    offset = 0
    for name, tensor in tensors.items():
        tensor = tensor.detach().cpu().contiguous()
        # Not every torch comes with NumPy, and NumPy has no bfloat16: the bytes are taken as they are.
        piece = ctypes.string_at(tensor.data_ptr(), tensor.numel() * tensor.element_size())
        header[name] = {
            "dtype": DTYPES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [offset, offset + len(piece)],
        }
        pieces.append(piece)
        offset += len(piece)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        for piece in pieces:
            file.write(piece)


def write_factors(path, factors, contribution=None):
    """The file for `tributary index build --factors`, or for `tributary index queries --factors`.

    contribution: for each row, the place of its contribution in the dataset version, from 0; -1 for none. Queries have none.
    """
    tensors = dict(factors)
    if contribution is not None:
        tensors["contribution"] = torch.as_tensor(contribution, dtype=torch.int64)
    write_safetensors(path, tensors, {"format": "tributary-factors", "version": "1"})


def toy(rows, seed):
    """A small network on points of three classes; rows belong to six contributions in turn."""
    torch.manual_seed(seed)
    labels = torch.arange(rows) % 3
    centres = torch.tensor([[2.0, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0]])
    points = centres[labels] + torch.randn(rows, 4)
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3)).double()
    points = points.double()
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(200):
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(points), labels).backward()
        optimiser.step()
    return model, points, labels, torch.arange(rows) % 6


def row_losses(outputs, labels):
    return nn.functional.cross_entropy(outputs, labels, reduction="none")


def largest_errors(model, layers, points, labels, factors):
    """How far g ⊗ a is from autograd, one row at a time, and from central differences of some weights."""
    of_autograd = of_differences = 0.0
    step = 1e-6
    for row in range(0, len(points), 7):
        x, y = points[row : row + 1], labels[row : row + 1]
        for name, layer in layers.items():
            outer = torch.outer(factors[f"{name}.g"][row], factors[f"{name}.a"][row])
            gradients = torch.autograd.grad(row_losses(model(x), y).sum(), [layer.weight, layer.bias])
            whole = torch.cat([gradients[0], gradients[1][:, None]], dim=1)
            of_autograd = max(of_autograd, (outer - whole).abs().max().item())
            out = row % layer.out_features
            for column in range(layer.in_features + 1):
                parameter = layer.weight if column < layer.in_features else layer.bias
                place = (out, column) if column < layer.in_features else (out,)
                losses = []
                with torch.no_grad():
                    kept = parameter[place].item()
                    for moved in (kept + step, kept - step):
                        parameter[place] = moved
                        losses.append(row_losses(model(x), y).item())
                    parameter[place] = kept
                difference = (losses[0] - losses[1]) / (2 * step)
                of_differences = max(of_differences, abs(outer[out, column].item() - difference))
    return of_autograd, of_differences


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True, help="the .safetensors file to write")
    parser.add_argument("--rows", type=int, default=60)
    parser.add_argument("--check", action="store_true", help="compare with autograd and finite differences")
    options = parser.parse_args()
    model, points, labels, contribution = toy(options.rows, seed=1)
    layers = {"first": model[0], "last": model[2]}
    batches = [(points[i : i + 16], labels[i : i + 16]) for i in range(0, len(points), 16)]
    factors = row_factors(model, layers, row_losses, batches)
    write_factors(options.out, factors, contribution)
    result = {"rows": len(points), "lanes": sum(l.out_features * (l.in_features + 1) for l in layers.values())}
    if options.check:
        of_autograd, of_differences = largest_errors(model, layers, points, labels, factors)
        result.update({"autograd": of_autograd, "finiteDifferences": of_differences})
        # What the index must hold: the summed gradient of each contribution, first layer before last.
        result["sums"] = [
            torch.cat(
                [
                    torch.einsum("no,na->oa", factors[f"{name}.g"][own], factors[f"{name}.a"][own]).flatten()
                    for name in layers
                ]
            ).tolist()
            for own in (contribution == s for s in range(6))
        ]
    print(json.dumps(result))


if __name__ == "__main__":
    main()
