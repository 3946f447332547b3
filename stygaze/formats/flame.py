"""FLAME parameters as NPZ: the five joints' axis-angle vectors, as FLAME's own tools and `smplx.FLAME` take them."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from stygaze.errors import StyGazeError
from stygaze.formats.recording import Recording, existing, eye_angles, head_angles, unwrapped
from stygaze.motion import Motion, rotation
from stygaze.motion_files import MAX_BYTES, MAX_FRAMES, TEXTS, UNITS, replacing

# in the order of full_pose, by the names that smplx gives them
POSES = {
    "global": "global_orient",
    "neck": "neck_pose",
    "jaw": "jaw_pose",
    "left_eye": "leye_pose",
    "right_eye": "reye_pose",
}


def knows(path: Path) -> bool:
    """Whether an .npz holds FLAME's poses."""
    try:
        with zipfile.ZipFile(path) as file:
            names = {name.removesuffix(".npy") for name in file.namelist()}
    except (OSError, zipfile.BadZipFile, ValueError):
        return False
    return "frames" not in names and ("full_pose" in names or "leye_pose" in names)


def write(recording: Recording, path: str | Path) -> Path:
    """Write full_pose [T, 15] and each joint's vectors [T, 3] as float32 radians, with names, unit and fps.

    The neck carries the head's rotation in the world, the global joint none. `expression` [T, E] with
    `expression_names` are the recording's face units by ARKit's names, and not FLAME's components, which have none.
    """
    motion, face = recording.motion, dict(recording.face)
    pitch, yaw, roll = motion.head.T
    pose = {name: np.zeros((len(motion), 3)) for name in POSES}
    pose["neck"] = Rotation.from_matrix(rotation(pitch, yaw, roll)).as_rotvec()
    pose["left_eye"], pose["right_eye"] = (
        Rotation.from_matrix(rotation(*motion.frames[:, at : at + 2].T)).as_rotvec() for at in (3, 5)
    )
    if "jaw" in face:
        pose["jaw"][:, 0] = face.pop("jaw")
    arrays = {key: pose[name].astype(np.float32) for name, key in POSES.items()}
    units = np.stack(list(face.values()), 1) if face else np.zeros((len(motion), 0))
    contents: dict[str, Any] = {
        "full_pose": np.concatenate(list(arrays.values()), 1),
        **arrays,
        "joints": np.array(list(POSES)),
        "fps": float(motion.fps),
        "unit": "radians",
        "expression": units.astype(np.float32),
        "expression_names": np.array(list(face), dtype=str),
        **{key: getattr(motion, key) for key in TEXTS},
    }
    with replacing(path) as temporary:
        np.savez_compressed(temporary, **contents)
    return Path(path)


def read(path: str | Path, fps: float | None = None) -> Recording:
    """Read FLAME poses: full_pose [T, 15] in the order of `POSES`, or the joints' arrays by smplx's names.

    Args:
        path: the .npz. The head is what the global joint and the neck do together; a joint that is absent rests, but
            the eyes must be there. A unit other than radians must be said in the file.
        fps: of a file that does not say.

    Raises:
        StyGazeError: arrays missing, of another shape or not finite; no frame rate; a file that cannot be read.
    """
    path = existing(path)
    a = _arrays(path)
    if "full_pose" in a:
        joints = dict(zip(POSES, np.split(_shaped(path, a, "full_pose", 15), 5, axis=1), strict=True))
    else:
        found = {name: _shaped(path, a, key, 3) for name, key in POSES.items() if key in a}
        if absent := [POSES[name] for name in ("left_eye", "right_eye") if name not in found]:
            raise StyGazeError(f"{path.name} lacks {', '.join(absent)} [T, 3]; a motion needs both eyes.")
        joints = {name: found.get(name, np.zeros_like(found["left_eye"])) for name in POSES}
        if len({len(vectors) for vectors in joints.values()}) > 1:
            raise StyGazeError(f"The poses in {path.name} have different numbers of frames; export it again.")
    if not len(joints["neck"]):
        raise StyGazeError(f"{path.name} has no frames; export it again.")
    scale = np.radians(UNITS[_unit(path, a)])
    turn = {name: Rotation.from_rotvec(vectors * scale).as_matrix() for name, vectors in joints.items()}
    head = head_angles(turn["global"] @ turn["neck"])
    eyes = [eye_angles(turn[name]) for name in ("left_eye", "right_eye")]
    face = {"jaw": joints["jaw"][:, 0] * scale} if joints["jaw"].any() else {}
    names, units = a.get("expression_names"), a.get("expression")
    if names is not None and units is not None and units.shape == (len(head), names.size) and names.size:
        face |= {str(name): units[:, k].astype(float) for k, name in enumerate(names.ravel())}
    texts = {key: str(a[key].item()) for key in TEXTS if key in a and a[key].size == 1 and a[key].item()}
    motion = Motion(unwrapped(np.concatenate([head, *eyes], 1)), _fps(path, a, fps), **{"name": path.stem, **texts})
    return Recording(motion, face)


def _arrays(path: Path) -> dict[str, np.ndarray]:
    wanted = {"full_pose", *POSES.values(), "expression", "expression_names", "fps", "unit", *TEXTS}
    try:
        with np.load(path, allow_pickle=False) as file:
            here = [key for key in file.files if key in wanted]
            if sum(file.zip.getinfo(f"{key}.npy").file_size for key in here) > MAX_BYTES:
                raise StyGazeError(f"{path.name} unpacks to more than {MAX_BYTES // 1_000_000} MB; cut it into parts.")
            return {key: file[key] for key in here}
    except (ValueError, OSError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise StyGazeError(
            f"{path.name} cannot be read as FLAME parameters ({type(error).__name__}); save it again with numpy.savez."
        ) from None


def _shaped(path: Path, arrays: dict[str, np.ndarray], key: str, width: int) -> np.ndarray:
    array = arrays[key]
    if array.ndim != 2 or array.shape[1] != width or len(array) > MAX_FRAMES or array.dtype.kind not in "fiu":
        raise StyGazeError(f"{key} in {path.name} has shape {array.shape}; expected [T, {width}] numbers.")
    if not np.isfinite(array).all():
        raise StyGazeError(f"{key} in {path.name} has a missing or infinite value; fill or cut the gap first.")
    return array.astype(float)


def _unit(path: Path, arrays: dict[str, np.ndarray]) -> str:
    unit = str(arrays["unit"].item()).lower() if "unit" in arrays and arrays["unit"].size == 1 else "radians"
    if unit not in UNITS:
        raise StyGazeError(f"{path.name} has the unit {unit[:30]!r}; it must be degrees or radians.")
    return unit


def _fps(path: Path, arrays: dict[str, np.ndarray], fps: float | None) -> float:
    said = arrays["fps"].item() if "fps" in arrays and arrays["fps"].size == 1 else fps
    if said is None:
        raise StyGazeError(f"{path.name} does not say its frame rate; give fps (--fps).")
    try:
        return float(said)
    except (TypeError, ValueError):
        raise StyGazeError(f"{path.name} says fps {said!r}, which is not a number.") from None
