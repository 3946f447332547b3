"""What a person's hair and skin look like: the numbers that `hair` and `paint` draw from."""

from __future__ import annotations

from dataclasses import dataclass

Color = tuple[int, int, int]  # sRGB


@dataclass(frozen=True)
class Style:
    """Hair. Lengths in metres.

    kind: "strands", "curls" or "stubble". top, side: how far it stands off the scalp. feather: distance from the
    hairline at which it is full. rough: depth of its unevenness. quiff: added over the forehead. parting: x of a
    parting, or None. recede, burns: see `hairline`. fringe: height at which a fringe ends, or None. hem: height at
    which hanging hair ends, or None for short hair. frame: degrees from the front at which hanging hair begins. wave:
    depth of its waves. bun: radius of a bun, 0 for none.
    """

    color: Color
    kind: str = "strands"
    top: float = 0.013
    side: float = 0.006
    feather: float = 0.022
    rough: float = 0.0006
    quiff: float = 0.0
    parting: float | None = None
    recede: float = 0.0
    burns: float = 0.0
    fringe: float | None = None
    hem: float | None = None
    frame: float = 62.0
    wave: float = 0.0015
    bun: float = 0.0


@dataclass(frozen=True)
class Paint:
    """Colours of the skin, and what is drawn on it; shares 0..1."""

    skin: Color
    blush: Color
    lips: Color
    iris: Color
    brow: Color
    shirt: Color
    lip_share: float = 0.6
    blush_share: float = 0.28
    lid_share: float = 0.22  # of the lids' darker colour
    liner: float = 0.0  # a line along the upper lashes
    brow_thick: float = 1.0
    brow_lift: float = 0.0  # metres
    stubble: float = 0.0
    lines: float = 0.0  # of age
    freckles: float = 0.0
