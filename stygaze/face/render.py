"""Frames of the head: one thread owns every OpenGL context, films in the making hand it small jobs in turn.

A renderer works only in the thread that made it, and an interface runs its handlers in a pool; hence the one thread.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from stygaze.errors import StyGazeError
from stygaze.face import scene
from stygaze.face.antialias import smooth_edges
from stygaze.face.backgrounds import backdrop
from stygaze.face.expression import Expression
from stygaze.face.head import Head
from stygaze.face.outlines import outline
from stygaze.motion import Motion

INSTALL = "apt-get install -y libegl1 libgl1 libgl1-mesa-dri"
KEPT = 6  # renderers (a head at a size) kept ready: more than the page lets films run at once, or turns would be dear
JOB = 8  # frames a job of 512 pixels, fewer of larger ones: films take turns at this grain
AHEAD = 3  # jobs in waiting, so that a slow encoder does not fill the memory

_thread = ThreadPoolExecutor(1, thread_name_prefix="stygaze-render")
_renderers: OrderedDict[tuple, Any] = OrderedDict()  # touched by the render thread only


def film_available() -> str | None:
    """None if frames can be rendered on this machine, else one sentence that says what to install."""
    try:
        _thread.submit(_renderer_of, Head.load(), 64).result()
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
        for frame in frames:
            yield frame if background is None else np.ascontiguousarray(frame[..., :3])


def render_vertices(
    batches: Iterable[np.ndarray], head: Head, size: int, background: dict | None = scene.BACKGROUND
) -> Generator[list[np.ndarray], None, None]:
    """Frames [size, size, 4] of vertices [n, V, 3], a few at a time; the next are drawn while the caller has these.

    Alpha is straight, and 255 throughout unless the background is None.

    Raises:
        StyGazeError: no OpenGL on this machine.
    """
    behind = backdrop(background, size)
    waiting: list[tuple[Future, np.ndarray]] = []

    def finished() -> list[np.ndarray]:
        job, part = waiting.pop(0)
        return [_finish(raw, points, head, behind) for raw, points in zip(job.result(), part, strict=True)]

    grain = max(1, min(JOB, JOB * 512**2 // size**2))
    try:
        for vertices in batches:
            for start in range(0, len(vertices), grain):
                part = vertices[start : start + grain]
                waiting.append((_thread.submit(_render, part, head, size), part))
                if len(waiting) > AHEAD:
                    yield finished()
        while waiting:
            yield finished()
    finally:
        for job, _ in waiting:
            job.cancel()


def _finish(raw: np.ndarray, vertices: np.ndarray, head: Head, behind: np.ndarray) -> np.ndarray:
    """Background and smooth edges for a frame [size, size, 4] that OpenGL drew, bottom row first."""
    drawn = raw[::-1]
    nearness = np.ascontiguousarray(drawn[..., 3])
    there = nearness > 0
    image = np.where(there, _whole(drawn), _whole(behind))[..., None].view(np.uint8)
    image[..., 3] = np.where(there, 255, behind[..., 3])
    lines, pixels = outline(head, vertices, nearness), image.reshape(-1, 4)
    near, far = pixels[lines.near].astype(np.float32), pixels[lines.behind].astype(np.float32)
    mixed = far + lines.share[:, None] * (near - far)
    done = np.zeros(there.shape, bool)
    for part in (lines.pixel, lines.near, lines.behind):
        done.ravel()[part] = True
    smooth_edges(image, done)
    pixels[lines.pixel] = mixed + 0.5
    if behind[0, 0, 3] == 0:  # edges were mixed with black nothing: give them their colour back
        alpha = np.maximum(image[..., 3:].astype(np.float32) / 255, 1 / 255)
        image[..., :3] = np.minimum(image[..., :3] / alpha, 255)
    return image


def _whole(image: np.ndarray) -> np.ndarray:
    """Pixels [H, W] as one number each of an image [H, W, 4]."""
    return image.view(np.uint32)[..., 0]


def _render(vertices: np.ndarray, head: Head, size: int) -> list[np.ndarray]:
    renderer = _renderer_of(head, size)
    return [renderer.frame(frame) for frame in vertices]


def _renderer_of(head: Head, size: int) -> Any:
    """A FrameRenderer, in the render thread."""
    try:
        from stygaze.face import opengl

        opengl.make_current()
    except (ImportError, AttributeError, OSError, AssertionError, IndexError) as error:
        # each is what PyOpenGL or EGL says on a machine without Mesa, depending on which library is absent
        raise StyGazeError(
            f"Films need OpenGL, which this machine lacks ({type(error).__name__}); install it with: {INSTALL}"
        ) from error
    key = (head, size)
    if key not in _renderers:
        if len(_renderers) >= KEPT:
            _renderers.popitem(last=False)[1].delete()
        _renderers[key] = opengl.FrameRenderer(head, size)
    _renderers.move_to_end(key)
    return _renderers[key]
