"""Loops compiled to machine code by numba, kept between runs for as long as this package's code is the same."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeAlias, TypeVar

import numpy as np
from numpy.typing import DTypeLike

PACKAGE = Path(__file__).parent
Record: TypeAlias = Any  # np.record, one of a `layout`: its fields are attributes, here and in compiled code
P = ParamSpec("P")
R = TypeVar("R")


def _keep() -> bool:
    """Choose the folder for compiled code; False if there is none that may be written.

    Numba itself looks at the file of a function only, not at those of the functions and constants that it uses: a
    folder named after all of them cannot be out of date.
    """
    if "NUMBA_CACHE_DIR" in os.environ:
        return True
    code = hashlib.sha256()
    for path in sorted([*PACKAGE.glob("models/*.py"), *PACKAGE.glob("gaze/*.py"), Path(__file__)]):
        code.update(path.read_bytes())
    for folder in (PACKAGE / "__pycache__", Path("~/.cache/stygaze").expanduser()):
        chosen = folder / f"numba-{code.hexdigest()[:16]}"
        try:
            chosen.mkdir(parents=True, exist_ok=True)
        except (OSError, RuntimeError):
            continue
        if os.access(chosen, os.W_OK):
            os.environ["NUMBA_CACHE_DIR"] = str(chosen)
            return True
    return False


KEPT = _keep()

from numba import njit  # noqa: E402  # it reads the environment when it is imported


def layout(**fields: DTypeLike | int | tuple) -> np.dtype:
    """The fields of a record: a shape of float32, or int, or (int, shape).

    >>> layout(frame=int, gaze=2, since=()).fields["gaze"][0].shape
    (2,)
    """
    kinds = [
        (name, np.int64, ()) if kind is int else (name, np.int64, kind[1])
        if isinstance(kind, tuple) and kind and kind[0] is int else (name, np.float32, kind)
        for name, kind in fields.items()
    ]  # fmt: skip
    return np.dtype(kinds, align=True)


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function as machine code: made at its first call, which takes seconds unless a run before has kept it.

    Others may run meanwhile (it holds no lock of the interpreter), and a product and a sum may be one operation; sums
    are never taken in another order, so results depend on nothing but what goes in.

    >>> @compiled
    ... def total(x):
    ...     s = 0.0
    ...     for v in x:
    ...         s += v
    ...     return s
    >>> total((1.0, 2.0, 3.5))
    6.5
    """
    return _made(function)


def part(function: Callable[P, R]) -> Callable[P, R]:
    """As `compiled`, for functions that compiled ones alone call: without a door for Python, in half the time."""
    return _made(function, no_cpython_wrapper=True, no_cfunc_wrapper=True)


def _made(function: Callable[P, R], **options: bool) -> Callable[P, R]:
    of_a_file = "<" not in function.__code__.co_filename
    made: Callable[P, R] = njit(
        cache=KEPT and of_a_file, nogil=True, error_model="numpy", fastmath={"contract"}, **options
    )(function)  # type: ignore[call-overload]  # its types leave some of its options out
    return made
