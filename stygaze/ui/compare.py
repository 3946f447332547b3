"""Earlier takes of the same speech beside the present one: another style, seed or model, in time with each other."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import gradio as gr

from stygaze.speech import Speech
from stygaze.ui import face, takes
from stygaze.ui.player import clip_value

KEPT = 4  # earlier takes on offer
MOST = 2  # of them beside the present one: three faces are as many as one can watch


@dataclass(frozen=True)
class Shown:
    """A take that the player has shown.

    Attributes:
        number: counts a visitor's takes from 1.
        title: what was asked for.
        folder: where its motion, face and sound lie.
        speech: tells its speech from others.
    """

    number: int
    title: str
    folder: Path
    speech: str

    @property
    def name(self) -> str:
        return f"{self.number} · {self.title}"


@dataclass(frozen=True)
class Takes:
    """A visitor's takes of one speech, the present one last.

    Attributes:
        beside: numbers of those that stand beside the present one.
        worn: what all their faces do, as `takes.face` takes it.
    """

    shown: tuple[Shown, ...] = ()
    beside: tuple[int, ...] = ()
    worn: Mapping[str, bool] = field(default_factory=lambda: face.worn(list(face.SWITCHES)))

    @property
    def earlier(self) -> tuple[Shown, ...]:
        """What may be compared with; files of long ago are gone."""
        return tuple(take for take in self.shown[:-1] if (take.folder / takes.FACE).is_file())

    def and_then(self, title: str, folder: Path, speech: Speech) -> Takes:
        """With one more take; those of another speech are forgotten."""
        heard = hashlib.blake2b(speech.samples.tobytes(), digest_size=16).hexdigest()
        number = self.shown[-1].number + 1 if self.shown else 1
        before = [take for take in self.shown if take.speech == heard]
        spare = [take for take in before if take.number not in self.beside]
        gone = spare[: max(0, len(before) - KEPT)]
        shown = (*(take for take in before if take not in gone), Shown(number, title, folder, heard))
        beside = tuple(n for n in self.beside if n in {take.number for take in shown})
        return replace(self, shown=shown, beside=beside)

    def wearing(self, worn: Mapping[str, bool]) -> Takes:
        """With other switches of the face on."""
        return replace(self, worn=worn)

    def compared(self, names: Sequence[str]) -> Takes:
        """With other takes beside the present one: the last few of these names."""
        numbers = {take.name: take.number for take in self.earlier}
        return replace(self, beside=tuple(numbers[name] for name in names if name in numbers)[-MOST:])

    @property
    def names(self) -> dict[str, Path]:
        """Clips that stand beside the present one, by name."""
        return {take.name: takes.clip(take.folder, self.worn) for take in self.earlier if take.number in self.beside}

    def value(self) -> dict[str, Any]:
        """What the player is to show."""
        present, others = self.shown[-1], self.names
        clip = takes.clip(present.folder, self.worn)
        return clip_value(clip, present.folder / "speech.flac", present.name if others else None, others)

    def offer(self) -> gr.CheckboxGroup:
        """The choice of what to compare with, once there is something."""
        names = [take.name for take in self.earlier]
        return gr.CheckboxGroup(choices=names, value=list(self.names), visible=bool(names))


def build() -> gr.CheckboxGroup:
    """The choice, in the open Blocks; nothing is to be seen of it before the second take."""
    return gr.CheckboxGroup(
        [],
        label="Compare with",
        visible=False,
        elem_id="sty-compare",
        elem_classes="sty-compare",
    )
