"""The OpenGL side of the film: a lean pyrender renderer. Import it only in the render thread.

What makes it fast on a CPU: buffers live as long as the renderer and only positions and normals are sent again; lights
are bound once; the shader does no more than a portrait needs; depth is not read back.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import Any

# Both must stand before pyrender is imported: Mesa without a window, and no search for a display.
os.environ["PYOPENGL_PLATFORM"] = "egl"
os.environ["PYGLET_HEADLESS"] = "1"

import numpy as np
import pyrender
from OpenGL import GL
from PIL import Image
from pyrender.constants import RenderFlags
from pyrender.platforms.egl import EGLPlatform
from pyrender.renderer import Renderer
from pyrender.shader_program import ShaderProgramCache

from stygaze.face import scene
from stygaze.face.head import Head
from stygaze.face.outlines import DEPTHS

SHADERS = Path(__file__).parent / "shaders"
OFFSCREEN = RenderFlags.OFFSCREEN


class FrameRenderer:
    """Draws one head at one size into uint8 frames. Works only in the thread that made it.

    Args:
        head: what to draw.
        size: width and height in pixels.
    """

    def __init__(self, head: Head, size: int) -> None:
        self._head = head
        make_current()
        self._renderer = _LeanRenderer(size, size)
        self._scene = pyrender.Scene(bg_color=np.zeros(4))
        camera = scene.CAMERA
        lens = pyrender.PerspectiveCamera(
            np.radians(camera["fov"]), aspectRatio=1.0, znear=camera["near"], zfar=camera["far"]
        )
        self._scene.add(lens, pose=looking(camera["position"], camera["target"]))
        rest = head.model.v_template
        # what covers most comes first: what it hides is then not shaded
        self._meshes = {name: head.meshes[name] for name in sorted(head.meshes, key=lambda name: name != "hair")}
        self._primitives = [_primitive(name, head, rest) for name in self._meshes]
        self._scene.add(pyrender.Mesh(self._primitives))
        self._renderer.render(self._scene, OFFSCREEN)
        self._interleaved = [
            np.hstack([p.positions, p.normals, p.texcoord_0, p.color_0]).astype(np.float32) for p in self._primitives
        ]

    def frame(self, vertices: np.ndarray) -> np.ndarray:
        """The picture [size, size, 4] of vertices [V, 3], top row last, edges hard. Alpha is 0 beside the head, on it
        nearness as `outlines.DEPTHS` says."""
        normals = self._head.normals(vertices)
        make_current()
        for primitive, block, mesh in zip(self._primitives, self._interleaved, self._meshes.values(), strict=True):
            block[:, 0:3] = vertices[mesh.vertex]
            block[:, 3:6] = normals[mesh.vertex]
            GL.glBindBuffer(GL.GL_ARRAY_BUFFER, primitive._buffers[0])
            GL.glBufferSubData(GL.GL_ARRAY_BUFFER, 0, block.nbytes, block)
        return self._renderer.render(self._scene, OFFSCREEN)

    def delete(self) -> None:
        """Free buffers and shaders; the context stays for the other renderers."""
        make_current()
        self._renderer.delete()


@functools.cache
def _platform() -> EGLPlatform:
    """One EGL context for all renderers: closing one of several would end EGL for the others."""
    platform = EGLPlatform(1, 1)
    platform.init_context()
    return platform


def make_current() -> None:
    """Open EGL if need be and make its context that of this thread."""
    _platform().make_current()


class _LeanRenderer(Renderer):
    """pyrender's renderer with our shader, our lights, colour only."""

    def __init__(self, width: int, height: int) -> None:
        super().__init__(width, height)
        self._program_cache = ShaderProgramCache(shader_dir=str(SHADERS))
        self._lit: set = set()
        self._main_fb: Any

    def _compute_max_n_lights(self, flags: int) -> list[int]:
        return [len(scene.LIGHTS), 0, 0]

    def _sorted_mesh_nodes(self, world: pyrender.Scene) -> list:
        return list(world.mesh_nodes)

    def _bind_lighting(self, world: pyrender.Scene, program: Any, node: Any, flags: int) -> None:
        if program in self._lit:  # uniforms stay with the program
            return
        self._lit.add(program)
        for key in ("sky", "ground"):
            program.set_uniform(key, np.array(scene.AMBIENT[key]))
        program.set_uniform("depths", np.array(DEPTHS))
        view = looking(scene.CAMERA["position"], scene.CAMERA["target"])[:3, 2]
        program.set_uniform("view", view)
        program.set_uniform("halfway", _unit(_unit(scene.LIGHTS[0]["toward"]) + view))
        program.set_uniform("halfway_eyes", _unit(_unit(scene.CATCHLIGHT["toward"]) + view))
        for i, light in enumerate(scene.LIGHTS):
            toward = _unit(light["toward"])
            program.set_uniform(f"lights[{i}].toward", toward)
            program.set_uniform(f"lights[{i}].color", np.array(light["color"]) * light["intensity"])

    def _configure_main_framebuffer(self) -> None:
        if self._main_fb is not None:
            return
        size = (self.viewport_width, self.viewport_height)
        self._main_fb = self._main_fb_ms = GL.glGenFramebuffers(1)  # one buffer for both: no multisampling
        self._main_cb, self._main_db = GL.glGenRenderbuffers(2)
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self._main_fb)
        for target, kind, buffer in (
            (GL.GL_COLOR_ATTACHMENT0, GL.GL_RGBA8, self._main_cb),
            (GL.GL_DEPTH_ATTACHMENT, GL.GL_DEPTH_COMPONENT24, self._main_db),
        ):
            GL.glBindRenderbuffer(GL.GL_RENDERBUFFER, buffer)
            GL.glRenderbufferStorage(GL.GL_RENDERBUFFER, kind, *size)
            GL.glFramebufferRenderbuffer(GL.GL_FRAMEBUFFER, target, GL.GL_RENDERBUFFER, buffer)
        self._main_fb_dims = size

    def _delete_main_framebuffer(self) -> None:
        if self._main_fb is not None:
            GL.glDeleteFramebuffers(1, [self._main_fb])
            GL.glDeleteRenderbuffers(2, [self._main_cb, self._main_db])
        self._main_fb = None

    def _read_main_framebuffer(self, world: pyrender.Scene, flags: int) -> np.ndarray:
        width, height = self._main_fb_dims
        GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, self._main_fb)
        pixels = GL.glReadPixels(0, 0, width, height, GL.GL_RGBA, GL.GL_UNSIGNED_BYTE)
        return np.frombuffer(pixels, np.uint8).reshape(height, width, 4)


def _unit(vector: np.ndarray | tuple) -> np.ndarray:
    return np.asarray(vector) / np.linalg.norm(vector)


def looking(position: tuple, target: tuple) -> np.ndarray:
    """Camera pose [4, 4] at a position, looking at a target, y up."""
    back = _unit(np.subtract(position, target))
    side = _unit(np.cross([0, 1, 0], back))
    pose = np.eye(4)
    pose[:3] = np.stack([side, np.cross(back, side), back, position], 1)
    return pose


def _primitive(name: str, head: Head, rest: np.ndarray) -> pyrender.Primitive:
    """A mesh of the head. pyrender's material carries our numbers under its own names (see mesh.frag)."""
    mesh, look = head.meshes[name], scene.MATERIALS[name]
    texture = None
    if mesh.texture is not None:
        nearest_mip = pyrender.Sampler(minFilter=GL.GL_LINEAR_MIPMAP_NEAREST, magFilter=GL.GL_LINEAR)
        image = Image.open(mesh.texture).convert("RGB")
        texture = pyrender.Texture(source=image, source_channels="RGB", sampler=nearest_mip)
    material = pyrender.MetallicRoughnessMaterial(
        baseColorTexture=texture,
        baseColorFactor=[1.0, 1.0, 1.0, 1.0],
        metallicFactor=look["specular"],
        roughnessFactor=look["roughness"],
        emissiveFactor=[look["soften"], float(name == "eyes"), 0.0],
        doubleSided=name == "lashes",
    )
    return pyrender.Primitive(
        positions=rest[mesh.vertex],
        normals=head.normals(rest)[mesh.vertex],
        texcoord_0=mesh.uv * [1, -1] + [0, 1],  # pyrender's origin is at the bottom
        color_0=np.c_[mesh.color / 255.0, np.ones(len(mesh.color))].astype(np.float32),
        indices=mesh.faces,
        material=material,
    )
