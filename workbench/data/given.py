"""Arrays as people have them: an argument as a NumPy array, and how its like would be spelled.

Lists, arrays, tensors of any layout and type, pandas' columns; the errors of NumPy and PyTorch
become ``ValueError`` that names the argument and a cure that works on what was passed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import torch
from jaxtyping import Shaped
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from workbench.data.collected import collected

FILES = "; files are not read here: from_folder(path) reads images, one sub-folder a class"


@dataclass(frozen=True)
class Given:
    """An argument as an array; ``spelled`` is an expression for it, of an array or a tensor."""

    array: Shaped[np.ndarray, "..."]
    spelled: str  # "images", "np.asarray(images)", "images.to_dense()", …
    is_tensor: bool = False

    def moved(self, *axes: int) -> str:
        """The expression with its axes in this order."""
        order = "permute" if self.is_tensor else "transpose"
        return f"{self.spelled}.{order}({', '.join(map(str, axes))})"

    def floats(self) -> str:
        """The expression as floats."""
        return f"{self.spelled}.float()" if self.is_tensor else f"{self.spelled}.astype(float)"


def taken(argument: str, given: Any) -> Given:
    """``given`` as an array of plain values; nothing is copied that need not be.

    Raises ValueError, beginning with ``argument``, for what is no array, holds no values, has
    masked ones, or is of several sizes.
    """
    if isinstance(given, Tensor):
        return _from_tensor(argument, given)
    if isinstance(given, Dataset | DataLoader):
        raise ValueError(
            f"{argument}: expected an array or a tensor, got a {type(given).__name__} of "
            f"PyTorch's; pass {collected(argument, given)}"
        )
    if isinstance(given, np.ma.MaskedArray):
        return Given(_unmasked(argument, given), argument)
    if hasattr(given, "toarray"):  # SciPy's sparse matrices
        raise ValueError(f"{argument}: got a sparse matrix; pass {argument}.toarray()")
    if isinstance(given, list | tuple) and given:
        if all(isinstance(each, Tensor) for each in given):
            return _from_tensors(argument, given)
        if type(given[0]).__module__.startswith("PIL."):
            _refuse_pillow(argument)
    if not _is_arraylike(given):
        _refuse(argument, given)
    spelled = argument if isinstance(given, np.ndarray) else f"np.asarray({argument})"
    try:
        array = np.asarray(given)
    except Exception as error:  # an ``__array__`` raises what its library raises
        _refuse_ragged(argument, given, error)
    if array.dtype.kind == "O" and array.ndim:
        return _from_objects(argument, array, spelled)
    return Given(array, spelled)


def _from_tensor(argument: str, given: Tensor) -> Given:
    if given.is_meta:
        raise ValueError(f"{argument}: a tensor on the meta device has a shape and no values")
    if given.is_nested:
        raise ValueError(
            f"{argument}: a nested tensor has items of several sizes; expected one for all"
        )
    if given.is_complex():
        raise ValueError(
            f"{argument}: expected real numbers, got {given.dtype}; pass {argument}.abs(), say"
        )
    spelled = argument
    try:
        tensor = given.detach()
        if tensor.is_quantized:
            tensor, spelled = tensor.dequantize(), f"{argument}.dequantize()"
        elif tensor.layout != torch.strided:
            tensor, spelled = tensor.to_dense(), f"{argument}.to_dense()"
        tensor = tensor.as_subclass(Tensor).cpu()
        if tensor.is_floating_point() and tensor.dtype not in (torch.float32, torch.float64):
            tensor = tensor.float()  # NumPy knows neither bfloat16 nor eight-bit floats
        return Given(tensor.resolve_conj().resolve_neg().numpy(), spelled, is_tensor=True)
    except (RuntimeError, TypeError, NotImplementedError) as error:
        raise ValueError(
            f"{argument}: expected a tensor of numbers, got {given.dtype}, {given.layout} "
            f"({_first_line(error)}); pass an ordinary one, of torch.float32 say"
        ) from error


def _from_tensors(argument: str, given: Sequence[Tensor]) -> Given:
    for i, each in enumerate(given):
        if each.shape != given[0].shape:
            _refuse_size(argument, i, tuple(each.shape), tuple(given[0].shape))
    try:
        whole = torch.stack([each.detach() for each in given])
    except (RuntimeError, TypeError, NotImplementedError) as error:
        raise ValueError(
            f"{argument}: expected tensors of one kind, got a list that cannot be stacked "
            f"({_first_line(error)})"
        ) from error
    stacked = _from_tensor(argument, whole)
    spelled = stacked.spelled.replace(argument, f"torch.stack(list({argument}))", 1)
    return Given(stacked.array, spelled, is_tensor=True)


def _from_objects(argument: str, array: Shaped[np.ndarray, "..."], spelled: str) -> Given:
    """An array of Python's objects, as pandas likes them: numbers, arrays, or None among them."""
    values = list(array)
    refuse_missing(argument, values)
    if type(values[0]).__module__.startswith("PIL."):
        _refuse_pillow(argument)
    if any(isinstance(value, Tensor) for value in values):
        return _from_tensors(argument, [torch.as_tensor(value) for value in values])
    try:
        plain = np.array(array.tolist())
    except Exception as error:
        _refuse_ragged(argument, values, error)
    if plain.dtype.kind == "O":
        cure = f"; their names are [str(each) for each in {argument}]" * (argument == "labels")
        cure = FILES if hasattr(values[0], "__fspath__") else cure
        raise ValueError(
            f"{argument}: expected numbers that fit into 64 bits, got Python objects such as "
            f"{values[0]!r:.60}{cure}"
        )
    if array.ndim == 1 and plain.ndim > 1:
        return Given(plain, f"np.stack({argument})")
    alike = len({type(value) for value in values}) == 1
    return Given(plain, spelled if alike else f"np.array({spelled}.tolist())")


def refuse_missing(argument: str, values: Iterable[object]) -> None:
    """Raises ValueError with the number of the first value that stands for "no value"."""
    for i, value in enumerate(values):
        if missing(value):
            raise ValueError(
                f"{argument}: {argument.removesuffix('s')} {i} is missing ({value}); fill it in, "
                "or leave that image and its label out"
            )


def missing(value: object) -> bool:
    """Whether ``value`` stands for "no value": None, NaN, or pandas' NA and NaT."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float | np.floating) and bool(np.isnan(value))


def _unmasked(argument: str, given: np.ma.MaskedArray[Any, Any]) -> Shaped[np.ndarray, "..."]:
    hidden = np.ma.getmaskarray(given)
    if hidden.any():
        first = int(np.argwhere(hidden)[0, 0])
        cure = f"{argument}.filled(0)" if argument == "images" else "the labels that are there"
        raise ValueError(
            f"{argument}: {int(hidden.sum())} values are masked, the first in "
            f"{argument.removesuffix('s')} {first}; pass {cure}"
        )
    return np.asarray(given.data)


def _is_arraylike(given: Any) -> bool:
    if isinstance(given, str | bytes | bytearray):
        return False
    if hasattr(given, "__array__") or hasattr(given, "__array_interface__"):
        return True
    return isinstance(given, Sequence | memoryview) or hasattr(given, "typecode")  # array.array


# ---------------------------------------------------------------------- what is refused


def _refuse(argument: str, given: Any) -> NoReturn:
    cure = ""
    if isinstance(given, str | bytes) or hasattr(given, "__fspath__"):
        cure = FILES
    elif isinstance(given, dict):
        cure = f"; pass one of its values: {argument}[{next(iter(given), 'key')!r}]"
    elif hasattr(given, "__next__"):
        cure = f"; pass list({argument})"
    raise ValueError(
        f"{argument}: expected an array, a tensor or a list, got {type(given).__name__}{cure}"
    )


def _refuse_pillow(argument: str) -> NoReturn:
    every = f'[np.asarray(each.convert("RGB")) for each in {argument}]'
    raise ValueError(
        f"{argument}: expected numbers, got Pillow's images; pass "
        f"np.stack({every}).transpose(0, 3, 1, 2), or save them and use from_folder, which also "
        "sees to transparency and orientation"
    )


def _refuse_ragged(argument: str, given: Any, error: Exception) -> NoReturn:
    """Name the first item whose size is another, where that is the trouble."""
    first = None
    if isinstance(given, Sequence):
        refuse_missing(argument, given)
        for i, each in enumerate(given):
            try:
                shape = np.shape(each)
            except Exception:
                raise ValueError(
                    f"{argument}: {argument.removesuffix('s')} {i} is no array: its rows differ "
                    "in length, or it cannot be read as numbers"
                ) from error
            first = shape if first is None else first
            if shape != first:
                _refuse_size(argument, i, shape, first)
    raise ValueError(
        f"{argument}: cannot be read as an array ({_first_line(error)}); pass a NumPy array"
    ) from error


def _refuse_size(argument: str, i: int, shape: object, first: object) -> NoReturn:
    noun = argument.removesuffix("s")
    cure = (
        "one number each" if argument == "labels" else "bring all to one size and as many channels"
    )
    raise ValueError(
        f"{argument}: expected one shape for all, got {first} for {noun} 0 and {shape} for {noun} "
        f"{i}; {cure}"
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0][:200] or type(error).__name__
