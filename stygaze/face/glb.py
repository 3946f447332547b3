"""Binary glTF 2.0 by NumPy and the standard library (Khronos, "glTF 2.0 Specification", 3.6 and 4)."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np

from stygaze.motion_files import replacing

_COMPONENT = {"int8": 5120, "uint8": 5121, "int16": 5122, "uint16": 5123, "uint32": 5125, "float32": 5126}
_VERTICES, _INDICES = 34962, 34963  # buffer view targets ARRAY_BUFFER and ELEMENT_ARRAY_BUFFER


class Glb:
    """A glTF document under construction: `tree` is its JSON, `accessor` and `sparse` put arrays into its buffer."""

    def __init__(self, generator: str = "StyGazeTalk") -> None:
        self.tree: dict = {"asset": {"version": "2.0", "generator": generator}, "bufferViews": [], "accessors": []}
        self._bytes = bytearray()

    def add(self, kind: str, item: dict) -> int:
        """Append to one of the document's lists ("nodes", "meshes", ...). Returns its index."""
        self.tree.setdefault(kind, []).append(item)
        return len(self.tree[kind]) - 1

    def view(self, data: bytes, target: int | None = None) -> int:
        """Put bytes into the buffer, aligned to four. Returns the buffer view's index."""
        self._bytes += bytes(-len(self._bytes) % 4)
        view = {"buffer": 0, "byteOffset": len(self._bytes), "byteLength": len(data)}
        self._bytes += data
        return self.add("bufferViews", view | ({"target": target} if target else {}))

    def accessor(self, array: np.ndarray, kind: str, use: int | None = None, bounds: bool = False, **more: bool) -> int:
        """An array [n] or [n, k] as an accessor of type `kind` ("SCALAR", "VEC3", "MAT4" ...). Returns its index."""
        array = np.ascontiguousarray(array)
        item = {
            "bufferView": self.view(array.tobytes(), use),
            "componentType": _COMPONENT[array.dtype.name],
            "count": len(array),
            "type": kind,
        }
        if bounds:
            item |= {"min": np.atleast_1d(array.min(0)).tolist(), "max": np.atleast_1d(array.max(0)).tolist()}
        return self.add("accessors", item | more)

    def sparse(self, deltas: np.ndarray, threshold: float, compact: bool = False, bounds: bool = False) -> int:
        """Deltas [n, 3] of which only those longer than `threshold` are stored. Returns the accessor's index.

        `compact` keeps values within +-1 as normalised int8 (glTF extension KHR_mesh_quantization).
        """
        rows = np.flatnonzero(np.abs(deltas).max(1) > threshold)
        values = np.asarray(deltas[rows], dtype=np.float32)
        if compact and len(rows) and np.abs(values).max() <= 1:
            values = np.round(values * 127).astype(np.int8)
            self.tree["extensionsUsed"] = self.tree["extensionsRequired"] = ["KHR_mesh_quantization"]
        item: dict = {"componentType": _COMPONENT[values.dtype.name], "count": len(deltas), "type": "VEC3"}
        if values.dtype == np.int8:
            item["normalized"] = True
        if bounds:
            full = np.zeros((2, 3), np.float32) if not len(rows) else np.stack([values.min(0), values.max(0)])
            item |= {"min": np.minimum(full[0], 0).tolist(), "max": np.maximum(full[1], 0).tolist()}
        if len(rows):
            kind = np.uint16 if len(deltas) <= 65535 else np.uint32
            item["sparse"] = {
                "count": len(rows),
                "indices": {
                    "bufferView": self.view(rows.astype(kind).tobytes()),
                    "componentType": _COMPONENT[kind.__name__],
                },
                "values": {"bufferView": self.view(values.tobytes())},
            }
        return self.add("accessors", item)

    def vertices(self, array: np.ndarray, kind: str, bounds: bool = False, **more: bool) -> int:
        """A vertex attribute."""
        return self.accessor(array, kind, _VERTICES, bounds, **more)

    def triangles(self, faces: np.ndarray) -> int:
        """Triangles [m, 3] as indices."""
        kind = np.uint16 if faces.max() < 65535 else np.uint32
        return self.accessor(faces.astype(kind).ravel(), "SCALAR", _INDICES)

    def image(self, data: bytes, mime: str) -> int:
        """An embedded picture as a texture. Returns the texture's index."""
        source = self.add("images", {"bufferView": self.view(data), "mimeType": mime})
        sampler = self.add("samplers", {"magFilter": 9729, "minFilter": 9987, "wrapS": 33071, "wrapT": 33071})
        return self.add("textures", {"source": source, "sampler": sampler})

    def write(self, path: str | Path) -> Path:
        """Write the .glb. Returns its path."""
        body = bytes(self._bytes) + bytes(-len(self._bytes) % 4)
        head = json.dumps(self.tree | {"buffers": [{"byteLength": len(body)}]}, separators=(",", ":")).encode()
        head += b" " * (-len(head) % 4)
        total = 12 + 8 + len(head) + 8 + len(body)
        with replacing(path) as temporary:
            temporary.write_bytes(
                struct.pack("<4sII", b"glTF", 2, total)
                + struct.pack("<I4s", len(head), b"JSON") + head
                + struct.pack("<I4s", len(body), b"BIN\0") + body
            )  # fmt: skip
        return Path(path)
