"""A film of 10 s at 512 x 512 with sound: ours beside the usual pyrender loop (new mesh and scene for every frame)."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import numpy as np

from benchmarks import material
from benchmarks.timing import Row, seconds
from stygaze.face.expression import express
from stygaze.face.film import render_film  # first: it chooses EGL before pyrender is imported
from stygaze.face.head import Head
from stygaze.motion import Motion
from stygaze.speech import Speech

LENGTH, SIZE, SAMPLE = 10, 512, 50  # seconds, pixels, frames of the usual loop that are timed


def rows() -> list[Row]:
    motion, speech = material.motion(LENGTH), Speech(material.samples(LENGTH))
    expression = express(speech, motion)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "clip.mp4"
        render_film(motion[:25], out, size=SIZE)  # starts the renderer
        taken = sorted(seconds(lambda: render_film(motion, out, speech, expression, size=SIZE)) for _ in range(3))[1]
        with ThreadPoolExecutor(1) as thread:  # a GL context belongs to one thread
            usual = thread.submit(_usual_loop, motion[:SAMPLE], Path(folder) / "usual.mp4").result()
    way = f"new mesh and scene a frame, no sound ({SAMPLE} frames timed)"
    return [Row(f"film of {LENGTH} s at {SIZE} x {SIZE}", taken, usual * len(motion) / SAMPLE, way, budget=5)]


def _usual_loop(motion: Motion, out: Path) -> float:
    import pyrender
    import trimesh

    head = Head.load()
    vertices = head.vertices(motion)
    centre = vertices[0].mean(0)
    camera, pose = pyrender.PerspectiveCamera(yfov=np.pi / 8), np.eye(4)
    pose[:3, 3] = centre + np.array([0, 0, 0.9])
    renderer = pyrender.OffscreenRenderer(SIZE, SIZE)

    def picture(points: np.ndarray) -> np.ndarray:
        scene = pyrender.Scene(ambient_light=(0.3, 0.3, 0.3))
        scene.add(pyrender.Mesh.from_trimesh(trimesh.Trimesh(points, head.model.faces, process=False), smooth=True))
        scene.add(camera, pose=pose)
        scene.add(pyrender.DirectionalLight(intensity=3), pose=pose)
        return renderer.render(scene)[0]

    def film() -> None:
        with av.open(str(out), "w") as file:
            stream = file.add_stream("libx264", rate=25, options={"preset": "veryfast", "crf": "20"})
            stream.width = stream.height = SIZE
            stream.pix_fmt = "yuv420p"
            for points in vertices:
                file.mux(
                    stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture(points)), format="rgb24"))
                )
            file.mux(stream.encode())

    picture(vertices[0])
    try:
        return seconds(film)
    finally:
        renderer.delete()
