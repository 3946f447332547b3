"""Live Link Face: the CSV that Epic's app records on an iPhone, with ARKit's 52 face units, the head and both eyes.

A row is a time code, the number of values (61), 52 units from 0 to 1 and nine angles in radians: yaw, pitch and roll of
the head, the left and the right eye. Left and right are the subject's own. The angles are Unreal's rotators of ARKit's
transforms: R = R_yaw R_pitch R_roll as ours, every one with the opposite sign. Yaw is positive toward the subject's
right, pitch down, roll toward the left shoulder.

How that is known: in four public recordings of the app, yaw falls with eyeLookOutLeft and pitch rises with eyeLookDown;
the eyes' own roll has the sign and size that eyes without torsion must have, sin(yaw) sin(pitch). The head passes
through the same conversion, but is switched off in these recordings: its signs follow from the conversion, not from
data, and the app is said to turn yaw and pitch about when the phone lies on its side.

In these recordings the angles of both eyes point 3.8 degrees further outward than the eyeLook units say (the eye's
optical axis is not its line of sight). Reading takes off what a file's own units and angles differ by; writing puts
angles and units on one line of sight. One unit of eyeLook is 35.4 degrees inward, 33.4 outward, 25 up, 35 down there.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from stygaze.errors import StyGazeError
from stygaze.formats.recording import JAW_OPEN, Recording, beginning, evenly, existing, text_of, unwrapped
from stygaze.motion import Motion
from stygaze.motion_files import MAX_FRAMES, replacing

EYE_SHAPES = ("eyeBlink", "eyeLookDown", "eyeLookIn", "eyeLookOut", "eyeLookUp", "eyeSquint", "eyeWide")
SHAPES = (
    *(f"{shape}{side}" for side in ("Left", "Right") for shape in EYE_SHAPES),
    *("jawForward", "jawRight", "jawLeft", "jawOpen", "mouthClose", "mouthFunnel", "mouthPucker", "mouthRight"),
    *("mouthLeft", "mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft", "mouthFrownRight", "mouthDimpleLeft"),
    *("mouthDimpleRight", "mouthStretchLeft", "mouthStretchRight", "mouthRollLower", "mouthRollUpper"),
    *("mouthShrugLower", "mouthShrugUpper", "mouthPressLeft", "mouthPressRight", "mouthLowerDownLeft"),
    *("mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight", "browDownLeft", "browDownRight", "browInnerUp"),
    *("browOuterUpLeft", "browOuterUpRight", "cheekPuff", "cheekSquintLeft", "cheekSquintRight", "noseSneerLeft"),
    *("noseSneerRight", "tongueOut"),
)
ANGLES = tuple(f"{part}{axis}" for part in ("Head", "LeftEye", "RightEye") for axis in ("Yaw", "Pitch", "Roll"))
IN, OUT, UP, DOWN = 35.4, 33.4, 25.0, 35.0  # degrees at 1 of the eyeLook units
OUTWARD_AT_MOST = 8.0  # degrees that angles and eyeLook units may differ by and still mean the same eyes
BASE = 60  # frames that the app counts in a second of time code, whatever its camera's rate


def knows(path: Path) -> bool:
    """Whether a file's first line is a Live Link Face header."""
    first = beginning(path).lstrip().partition("\n")[0].lower()
    return first.startswith("timecode") and "blendshapecount" in first


def write(recording: Recording, path: str | Path) -> Path:
    """Write the 63 columns, ten decimals, the time code from 0 on. Returns the path.

    Face units come from the recording, the jaw as jawOpen; those that it does not have are 0.
    """
    motion = recording.motion
    units = {name: np.zeros(len(motion)) for name in SHAPES}
    units |= {name: values for name, values in recording.face.items() if name in units}
    if "jaw" in recording.face:
        units["jawOpen"] = recording.face["jaw"] / JAW_OPEN
    units |= look_units(motion)
    zero = np.zeros(len(motion))
    pitch, yaw, roll, left_pitch, left_yaw, right_pitch, right_yaw = motion.frames.T.astype(float)
    turns = np.stack([yaw, pitch, roll, left_yaw, left_pitch, zero, right_yaw, right_pitch, zero], 1)
    values = np.column_stack([np.clip(np.stack(list(units.values()), 1), 0, 1), 0 - np.radians(turns)])
    rows = io.StringIO()
    np.savetxt(rows, values, fmt="%.10f", delimiter=",")
    header = ["Timecode", "BlendshapeCount", *(name[0].upper() + name[1:] for name in SHAPES), *ANGLES]
    with replacing(path) as temporary, open(temporary, "w", encoding="ascii", newline="\n") as file:
        file.write(",".join(header) + "\n")
        for k, row in enumerate(rows.getvalue().splitlines()):
            file.write(f"{timecode(k / motion.fps)},{len(SHAPES) + len(ANGLES)},{row}\n")
    return Path(path)


def look_units(motion: Motion) -> dict[str, np.ndarray]:
    """ARKit's eyeLook units [T], 0 to 1, of where the eyes look."""
    units: dict[str, np.ndarray] = {}
    for side, pitch, yaw in (("Left", *motion.frames[:, 3:5].T), ("Right", *motion.frames[:, 5:7].T)):
        outward = yaw if side == "Left" else -yaw
        ways = {"Down": -pitch / DOWN, "In": -outward / IN, "Out": outward / OUT, "Up": pitch / UP}
        units |= {f"eyeLook{way}{side}": np.clip(values.astype(float), 0, 1) for way, values in ways.items()}
    return units


def timecode(seconds: float) -> str:
    """HH:MM:SS:FF.fff, in frames of a sixtieth of a second.

    >>> timecode(3661.24)
    '01:01:01:14.400'
    """
    ticks = round(seconds * BASE * 1000)
    whole, part = divmod(ticks, BASE * 1000)
    frames, rest = divmod(part, 1000)
    return f"{whole // 3600 % 24:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}:{frames:02d}.{rest:03d}"


def read(path: str | Path, fps: float | None = None) -> Recording:
    """Read a recording of the app, or what another program wrote in its form.

    Args:
        path: the .csv. Of its columns, Timecode and the angles of head and eyes are needed, in any order.
        fps: of a file whose time code stands still; else the time code says it.

    Raises:
        StyGazeError: columns missing; rows of another length; values or time codes that are not such.
    """
    path = existing(path)
    lines = [line for line in text_of(path).splitlines() if line.strip()]
    names = [name.strip().lower() for name in lines[0].split(",")] if lines else []
    if absent := [name for name in ("Timecode", *ANGLES) if name.lower() not in names]:
        raise StyGazeError(
            f"{path.name} lacks the column{'s' * (len(absent) > 1)} {', '.join(absent)}; record or export it again "
            "with the angles of head and eyes."
        )
    if len(lines) > MAX_FRAMES:
        raise StyGazeError(f"{path.name} has more than {MAX_FRAMES} rows; cut the recording into parts.")
    codes, rows = _rows(path, lines[1:], names)
    times = seconds(path, codes)
    table = np.array(rows)
    if times[-1] > times[0]:
        rate, table = evenly(path, times, table)
    elif len(times) == 1 or fps:
        rate = float(fps or BASE)
    else:
        raise StyGazeError(f"The time code in {path.name} stands still; give its frame rate: fps (--fps).")
    kept = [name for name in names if name not in ("timecode", "blendshapecount")]
    column = {name: table[:, k] for k, name in enumerate(kept)}
    frames = 0 - np.degrees(np.stack([column[name.lower()] for name in ANGLES], 1))[:, [1, 0, 2, 4, 3, 7, 6]]
    if not np.isfinite(frames).all():
        raise StyGazeError(f"{path.name} has a missing or infinite angle; fill or cut the gap first.")
    frames[:, 4] -= _outward(column, "left", frames[:, 4])
    frames[:, 6] += _outward(column, "right", -frames[:, 6])
    units = {name: column[name.lower()] for name in SHAPES if name.lower() in column and "Look" not in name}
    face = {name: np.clip(values, 0, 1) for name, values in units.items() if values.any()}
    if "jawOpen" in face:
        face["jaw"] = face.pop("jawOpen") * JAW_OPEN
    return Recording(Motion(unwrapped(frames), fps=rate, name=path.stem, source="Live Link Face"), face)


def _rows(path: Path, lines: list[str], names: list[str]) -> tuple[list[str], list[np.ndarray]]:
    """Time codes and numbers of the rows in which the app saw a face."""
    at, count = names.index("timecode"), names.index("blendshapecount") if "blendshapecount" in names else -1
    codes: list[str] = []
    rows: list[np.ndarray] = []
    for k, line in enumerate(lines, 2):
        cells = line.split(",")
        if 0 <= count < len(cells) and cells[count].strip() in ("", "0"):
            continue  # no face in this frame
        if len(cells) != len(names):
            raise StyGazeError(
                f"{path.name} has {len(cells)} values in line {k}, not {len(names)}; it may be cut short."
            )
        try:
            rows.append(np.array([cell for i, cell in enumerate(cells) if i not in (at, count)], float))
        except ValueError:
            raise StyGazeError(f"{path.name} has a value in line {k} that is not a number; export it again.") from None
        codes.append(cells[at].strip())
    if not rows:
        raise StyGazeError(f"{path.name} has a header but no frames with a face; record it again.")
    return codes, rows


def seconds(path: Path, codes: list[str]) -> np.ndarray:
    """Seconds [N] of time codes HH:MM:SS:FF.fff, running on over midnight.

    How many frames a second counts is seen where the seconds change; the app counts 60.
    """
    parts = np.empty((len(codes), 4))
    for k, code in enumerate(codes):
        try:
            parts[k] = [float(part) for part in code.replace(";", ":").split(":")]
        except ValueError:
            parts[k] = np.nan
        if not (np.isfinite(parts[k]).all() and parts[k].min() >= 0 and parts[k].max() < 1000):
            raise StyGazeError(f"{path.name} has the time code {code[:30]!r}; it must be HH:MM:SS:FF.fff.")
    whole, frame = parts[:, :3] @ [3600, 60, 1], parts[:, 3]
    base = float(BASE)
    if len(codes) > 2:
        within, turns = np.diff(whole) == 0, np.flatnonzero(np.diff(whole) == 1)
        steps = np.diff(frame)[within]
        if len(turns) and len(steps) and np.median(steps) > 0:
            base = max(1.0, float(np.median(np.round(frame[turns] + np.median(steps) - frame[turns + 1]))))
    times = whole + frame / base
    return np.unwrap(times, period=86_400)


def _outward(column: dict[str, np.ndarray], side: str, outward: np.ndarray) -> float:
    """Degrees that an eye's angles [T] point further outward than the file's own eyeLook units say, 0 without these."""
    if not {f"eyelookin{side}", f"eyelookout{side}"} <= set(column):
        return 0.0
    inside, out = column[f"eyelookin{side}"], column[f"eyelookout{side}"]
    telling = (inside + out > 0) & (np.maximum(inside, out) < 0.95)
    if not telling.any():
        return 0.0
    apart = float(np.median(outward[telling] - (out * OUT - inside * IN)[telling]))
    return apart if abs(apart) <= OUTWARD_AT_MOST else 0.0
