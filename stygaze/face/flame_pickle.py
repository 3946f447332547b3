"""FLAME's own download, a pickle of Python 2 with chumpy arrays in it, read without running anything of it.

An ordinary unpickler runs whatever a file asks for, and chumpy no longer installs. This one knows NumPy's arrays, takes
chumpy's and SciPy's objects as bags of attributes, and refuses every other name before it is looked up.
"""

from __future__ import annotations

import pickle
import struct
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from stygaze.errors import StyGazeError


class _Bag:
    """Stands in for an object of a package that is not run: it only keeps what the pickle says are its attributes."""

    kind = ""

    def __new__(cls, *_: object) -> _Bag:
        return object.__new__(cls)

    def __init__(self, *_: object) -> None:
        self.state: dict = {}

    def __setstate__(self, state: object) -> None:
        self.state = state if isinstance(state, dict) else {}


class _Chumpy(_Bag):
    """chumpy.Ch keeps its array as `x`; what is computed from others has none."""


class _Csc(_Bag):
    kind = "csc"


class _Csr(_Bag):
    kind = "csr"


class _Coo(_Bag):
    kind = "coo"


_SPARSE: dict[str, type[_Bag]] = {
    f"{kind}_{form}": bag for kind, bag in (("csc", _Csc), ("csr", _Csr), ("coo", _Coo)) for form in ("matrix", "array")
}


def _empty_array(kind: type, shape: tuple, code: object) -> np.ndarray:
    """numpy's `_reconstruct`, which pickles call with (ndarray, (0,), "b") before they fill the array."""
    if kind is not np.ndarray or shape != (0,):
        raise pickle.UnpicklingError("an array of an unknown kind")
    return np.empty(0, np.int8)


def _from_buffer(buffer: Any, dtype: np.dtype, shape: tuple, order: str) -> np.ndarray:
    return np.frombuffer(buffer, dtype).reshape(shape, order=order)  # type: ignore[call-overload]


def _number(dtype: np.dtype, data: bytes | str) -> Any:
    if dtype.hasobject:
        raise pickle.UnpicklingError("a number that is none")
    return np.frombuffer(data.encode("latin1") if isinstance(data, str) else data, dtype)[0]


def _encoded(text: str, encoding: str = "latin1") -> bytes:
    """codecs.encode, as Python 3 writes bytes into old pickles."""
    return text.encode("latin1")


def _rebuilt(kind: type, base: type, state: object) -> _Bag:
    """copyreg._reconstructor, as pickles older than protocol 2 make objects."""
    if not issubclass(kind, _Bag):
        raise pickle.UnpicklingError("an object of an unknown kind")
    return kind()


_KNOWN: dict[str, Any] = {
    "_codecs.encode": _encoded,
    "copy_reg._reconstructor": _rebuilt,
    "copyreg._reconstructor": _rebuilt,
    "collections.OrderedDict": OrderedDict,
    "numpy.ndarray": np.ndarray,
    "numpy.dtype": np.dtype,
}
for _module in ("__builtin__", "builtins"):
    _KNOWN |= {f"{_module}.set": set, f"{_module}.frozenset": frozenset, f"{_module}.object": _Bag}
for _module in ("numpy.core", "numpy._core"):
    _KNOWN |= {
        f"{_module}.multiarray._reconstruct": _empty_array,
        f"{_module}.multiarray.scalar": _number,
        f"{_module}.numeric._frombuffer": _from_buffer,
    }


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """What a name in the pickle stands for; nothing is imported."""
        if module.partition(".")[0] == "chumpy":
            return _Chumpy
        if module.startswith("scipy.sparse") and name in _SPARSE:
            return _SPARSE[name]
        found = _KNOWN.get(f"{module}.{name}")
        if found is None:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return found


def unpickle(path: Path, keys: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Those of the arrays `keys` that a FLAME pickle holds, dense.

    Raises:
        StyGazeError: not a pickle, cut short, or one that asks for anything but arrays; nothing of it was run.
    """
    try:
        with path.open("rb") as file:
            held = _Unpickler(file, encoding="latin1").load()
    except pickle.UnpicklingError as error:
        if not str(error).startswith(("it asks", "an ", "a ")):  # not one of ours: the bytes are no pickle
            raise _unreadable(path, error) from None
        raise StyGazeError(
            f"{path.name} was refused: {error}. A FLAME file holds arrays only; nothing of it was run."
        ) from None
    except (EOFError, ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, MemoryError) as error:
        raise _unreadable(path, error) from None
    except (OSError, struct.error, ImportError) as error:
        raise _unreadable(path, error) from None
    if not isinstance(held, dict):
        raise StyGazeError(f"{path.name} is not a FLAME model: it holds a {type(held).__name__}, not named arrays.")
    try:
        return {key: _dense(held[key]) for key in keys if key in held}
    except (ValueError, TypeError, KeyError, IndexError, MemoryError) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> StyGazeError:
    return StyGazeError(f"{path.name} cannot be read as a FLAME pickle ({type(error).__name__}); download it again.")


def _dense(value: Any) -> np.ndarray:
    if isinstance(value, _Chumpy):
        value = value.state["x"]
    elif isinstance(value, _Bag):
        state, make = value.state, {"csc": sparse.csc_matrix, "csr": sparse.csr_matrix, "coo": sparse.coo_matrix}
        shape = state["_shape"] if "_shape" in state else state["shape"]
        if value.kind == "coo":
            places = state["coords"] if "coords" in state else (state["row"], state["col"])
            return sparse.coo_matrix((state["data"], places), shape=shape).toarray()
        return make[value.kind]((state["data"], state["indices"], state["indptr"]), shape=shape).toarray()
    array = np.asarray(value)
    if array.dtype.kind not in "fiu":
        raise ValueError("not numbers")
    return array
