"""Frames of the head: one thread owns every OpenGL context, films in the making hand it small jobs in turn.

A renderer works only in the thread that made it, and an interface runs its handlers in a pool; hence the one thread.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from stygaze.errors import StyGazeError
from stygaze.face import scene
from stygaze.face.expression import Expression
from stygaze.face.head import Head
from stygaze.motion import Motion

INSTALL = "apt-get install -y libegl1 libgl1 libgl1-mesa-dri"
KEPT = 3  # renderers (a head at a size) kept ready
JOB = 8  # frames a job: films take turns at this grain
AHEAD = 3  # jobs in waiting, so that a slow encoder does not fill the memory

_thread = ThreadPoolExecutor(1, thread_name_prefix="stygaze-render")
_renderers: OrderedDict[tuple, Any] = OrderedDict()  # touched by the render thread only


def film_available() -> str | None:
    """None if frames can be rendered on this machine, else one sentence that says what to install."""
    try:
        _thread.submit(_renderer_of, Head.load(), 64, scene.BACKGROUND).result()
    except StyGazeError as error:
        return str(error)
    return None


def render_frames(
    motion: Motion,
    expression: Expression | None = None,
    size: int = 512,
    head: Head | None = None,
    background: dict | None = scene.BACKGROUND,
) -> Iterator[np.ndarray]:
    """Frames uint8 [size, size, 3], one a motion frame; [size, size, 4] where the background is None (transparent).

    Raises:
        StyGazeError: no OpenGL on this machine.
    """
    head = head or Head.load()
    for frames in render_vertices(head.batches(motion, expression), head, size, background):
        yield from frames


def render_vertices(
    batches: Iterable[np.ndarray], head: Head, size: int, background: dict | None = scene.BACKGROUND
) -> Iterator[np.ndarray]:
    """Frames [n, size, size, 3 or 4] of vertices [n, V, 3]; drawn while the caller works on the frames before."""
    waiting: list[Future] = []
    try:
        for vertices in batches:
            for start in range(0, len(vertices), JOB):
                waiting.append(_thread.submit(_render, vertices[start : start + JOB], head, size, background))
                if len(waiting) > AHEAD:
                    yield waiting.pop(0).result()
        while waiting:
            yield waiting.pop(0).result()
    finally:
        for job in waiting:
            job.cancel()


def _render(vertices: np.ndarray, head: Head, size: int, background: dict | None) -> np.ndarray:
    renderer = _renderer_of(head, size, background)
    return np.stack([renderer.frame(frame) for frame in vertices])


def _renderer_of(head: Head, size: int, background: dict | None) -> Any:
    """A FrameRenderer, in the render thread."""
    try:
        from stygaze.face.opengl import FrameRenderer

        key = (head, size, str(background))
        if key not in _renderers:
            if len(_renderers) >= KEPT:
                _renderers.popitem(last=False)[1].delete()
            _renderers[key] = FrameRenderer(head, size, background)
        _renderers.move_to_end(key)
        return _renderers[key]
    except (ImportError, AttributeError, OSError, AssertionError, ValueError) as error:
        # each is what PyOpenGL or EGL says on a machine without Mesa, depending on which library is absent
        raise StyGazeError(
            f"Films need OpenGL, which this machine lacks ({type(error).__name__}); install it with: {INSTALL}"
        ) from error
