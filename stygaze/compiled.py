"""Loops compiled to machine code by numba, kept between runs for as long as this package's code is the same."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeAlias, TypeVar

import numba
import numpy as np

PACKAGE = Path(__file__).parent
READ = ("models/*.py", "gaze/*.py", "motion.py", "compiled.py")  # by compiled code: functions and constants
Record: TypeAlias = Any  # np.record, one of a `layout`: its fields are attributes, here and in compiled code
P = ParamSpec("P")
R = TypeVar("R")


def _folder() -> str:
    """Where compiled code is kept; empty if it may be written nowhere.

    Numba itself looks at the file of a function only, not at those of the functions and constants that it uses: a
    folder named after all of them is not out of date.
    """
    code = hashlib.sha256()
    for path in sorted(path for pattern in READ for path in PACKAGE.glob(pattern)):
        code.update(path.read_bytes())
    for place in (os.environ.get("NUMBA_CACHE_DIR"), str(PACKAGE / "__pycache__"), "~/.cache/stygaze"):
        try:
            if place:
                folder = Path(place).expanduser() / f"numba-{code.hexdigest()[:16]}"
                folder.mkdir(parents=True, exist_ok=True)
                tempfile.TemporaryFile(dir=folder).close()
                return str(folder)
        except (OSError, RuntimeError):  # it may not be written; nobody's home
            continue
    return ""


FOLDER = _folder()


def layout(**fields: int | tuple) -> np.dtype:
    """The fields of a record: a shape of float32, or (int, shape).

    >>> told = layout(frame=(int, ()), gaze=2, since=()).fields
    >>> told["gaze"][0].shape, told["frame"][0].kind, told["since"][0].kind
    ((2,), 'i', 'f')
    """
    told: list[tuple] = []
    for name, kind in fields.items():
        of, shape = kind if isinstance(kind, tuple) and kind[:1] == (int,) else (np.float32, kind)
        told.append((name, of, shape))
    return np.dtype(told, align=True)


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function as machine code: made at its first call, which takes seconds unless a run before has kept it.

    Others may run meanwhile (it holds no lock of the interpreter). Sums are never taken in another order; whether a
    product and a sum are one operation is the processor's choice.

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
    others = numba.config.CACHE_DIR  # type: ignore[attr-defined]  # where it is kept is decided here
    numba.config.CACHE_DIR = FOLDER  # type: ignore[attr-defined]
    try:
        made: Callable[P, R] = numba.njit(
            cache=bool(FOLDER) and of_a_file, nogil=True, error_model="numpy", fastmath={"contract"}, **options
        )(function)  # type: ignore[call-overload]  # its types leave some of its options out
    finally:
        numba.config.CACHE_DIR = others  # type: ignore[attr-defined]
    return made
