"""StyGazeTalk: listen once, generate many times."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, overload

import numpy as np
from huggingface_hub import ModelCard, ModelHubMixin, snapshot_download
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

from stygaze.assets import asset
from stygaze.checkpoints import load_checkpoint, save_checkpoint
from stygaze.encoders import DEFAULT as DEFAULT_ENCODER
from stygaze.encoders import SpeechEncoder, Windowing, load_encoder
from stygaze.errors import StyGazeError
from stygaze.gaze.habits import HABITS, habits_of
from stygaze.model_card import model_card
from stygaze.models.controls import Controls
from stygaze.models.events import EventGenerator
from stygaze.models.frames import FrameGenerator
from stygaze.models.free_running import FreeRunning, Rolling
from stygaze.models.oculomotor import PlantConfig
from stygaze.models.style_encoder import StyleEncoder
from stygaze.motion import FPS, Motion
from stygaze.speech import Speech
from stygaze.style import Style

DEFAULT = "default"


@lru_cache(maxsize=1)
def gallery() -> dict[str, Motion]:
    """The ten named reference motions in assets/styles, by the name of their file."""
    files = sorted(path for path in asset("styles").iterdir() if path.suffix in (".csv", ".npz"))
    return {path.stem: Motion.load(path) for path in files}


class StyGazeTalk(ModelHubMixin):
    """Speech and a style in, the motion of head and eyes out. Safe to share between threads.

    Args:
        generator, style_encoder: trained modules, in evaluation mode.
        record: the checkpoint's config: speech encoder, plant, corpus, seed, scores. With "plant": null the motion is
            the network's own output, the same for every seed.
        encoder: the speech encoder; loaded by the name in the record at first need.
    """

    def __init__(
        self,
        generator: FrameGenerator | EventGenerator,
        style_encoder: StyleEncoder,
        record: dict[str, Any],
        encoder: SpeechEncoder | None = None,
    ):
        if generator.config.style_dim not in (0, style_encoder.config.dim):
            raise StyGazeError(
                f"The generator expects styles of {generator.config.style_dim} numbers, "
                f"the style encoder makes {style_encoder.config.dim}; they are not from one checkpoint."
            )
        self.generator, self.style_encoder, self.record = generator, style_encoder, record
        plant = None if isinstance(generator, EventGenerator) else record.get("plant", {})
        self.plant = None if plant is None else PlantConfig(**plant)
        self._running = FreeRunning(generator, self.plant)
        self._encoder, self._lock = encoder, threading.Lock()
        if encoder is not None:
            self._check_encoder(encoder)

    # ---- where it comes from

    @classmethod
    def from_pretrained(  # type: ignore[override]  # a name may also be that of a shipped checkpoint
        cls, name: str | Path = DEFAULT, encoder: SpeechEncoder | None = None, **hub: Any
    ) -> StyGazeTalk:
        """A shipped checkpoint by name ("default"), a folder, or a repository on the Hugging Face Hub.

        Raises:
            StyGazeError: nothing of that name, or not a checkpoint; or `encoder` is not the one it was trained with.
        """
        folder = Path(name)
        if not folder.is_dir():
            shipped = asset("checkpoints") / str(name)
            folder = shipped if shipped.is_dir() else cls._download(str(name), **hub)
        modules, record = load_checkpoint(folder)
        if not {"generator", "style_encoder"} <= set(modules):
            raise StyGazeError(
                f"{folder} holds {', '.join(modules)}; a pipeline needs a generator and a style encoder."
            )
        return cls(modules["generator"], modules["style_encoder"], record, encoder)  # type: ignore[arg-type]

    @staticmethod
    def _download(name: str, **hub: Any) -> Path:
        if name.count("/") != 1:
            shipped = sorted(p.name for p in asset("checkpoints").iterdir() if p.is_dir())
            raise StyGazeError(
                f"There is no model {name!r}; shipped are {', '.join(shipped)}, or give a folder or a Hub id."
            )
        try:
            return Path(snapshot_download(name, allow_patterns=["config.json", "*.safetensors"], **hub))
        except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
            raise StyGazeError(
                f"The model {name} could not be fetched from the Hub ({type(error).__name__}); check name and network."
            ) from None

    def _save_pretrained(self, save_directory: Path) -> None:
        record = {k: v for k, v in self.record.items() if k != "models"}
        save_checkpoint(save_directory, {"generator": self.generator, "style_encoder": self.style_encoder}, record)

    def generate_model_card(self, *args: Any, **kwargs: Any) -> ModelCard:
        """The README.md of a saved or pushed checkpoint."""
        return model_card(self.record)

    # ---- parts

    @property
    def has_events(self) -> bool:
        """Whether the generator makes gaze as events, and so can be asked for eye contact and for looks."""
        return isinstance(self.generator, EventGenerator)

    @property
    def encoder(self) -> SpeechEncoder:
        """The speech encoder this checkpoint was trained with."""
        with self._lock:
            if self._encoder is None:
                said = self.record.get("encoder", {})
                encoder = load_encoder(said.get("id", DEFAULT_ENCODER), Windowing(**said.get("windowing", {})))
                self._check_encoder(encoder)
                self._encoder = encoder
            return self._encoder

    def _check_encoder(self, encoder: SpeechEncoder) -> None:
        wanted = self.record.get("encoder", {})
        if encoder.feature_dim != self.generator.config.audio_dim or wanted.get("id", encoder.id) != encoder.id:
            raise StyGazeError(
                f"This checkpoint was trained on {wanted.get('id', 'another encoder')} with "
                f"{self.generator.config.audio_dim} features a frame; {encoder.id} gives {encoder.feature_dim}."
            )

    @property
    def look_ahead(self) -> float:
        """Seconds of speech that a frame waits for: encoder, generator and plant together, without the block length."""
        frames = self.generator.config.look_ahead + (self.plant.lead if self.plant else 0)
        return self.encoder.look_ahead + frames / FPS

    # ---- the work

    def listen(self, speech: Any, allow_silence: bool = False) -> Speech:
        """Decode and encode a recording once: the expensive part.

        Args:
            speech: a path, bytes, (samples, rate) or a Speech.
            allow_silence: let a recording without any speech pass (the motion then listens).

        Raises:
            StyGazeError: not decodable, too short, too long, or silent.
        """
        if not isinstance(speech, Speech):
            speech = Speech.load(speech)
        if speech.is_silent and not allow_silence:
            raise StyGazeError("The recording is silent; check the microphone or choose another file.")
        if speech.features is not None and speech.encoder == self.encoder.id:
            return speech
        return replace(speech, features=self.encoder.encode(speech), encoder=self.encoder.id)

    def style_of(self, motion: Motion) -> Style:
        """The style of a motion: mean over windows of the style encoder, and its habits.

        Raises:
            StyGazeError: shorter than one window (4 s).
        """
        motion, window = motion.resampled(FPS), self.style_encoder.config.window
        if len(motion) < window:
            raise StyGazeError(
                f"The style reference {motion.name or ''} is {motion.duration:.1f} s long; "
                f"it needs at least {window / FPS:g} s."
            )
        return Style(self.style_encoder.embed(motion.frames).mean(0), motion.name, habits_of(motion.frames))

    @property
    def gallery(self) -> dict[str, Motion]:
        """The named reference motions that ship with the project, by the name of their file."""
        return gallery()

    def style(self, name: str) -> Style:
        """A named style of the gallery.

        Raises:
            StyGazeError: no style of that name.
        """
        if name not in gallery():
            raise StyGazeError(f"There is no style {name!r}; the gallery has {', '.join(gallery())}.")
        return self.style_of(gallery()[name])

    @overload
    def generate(
        self,
        speech: Speech,
        style: Style,
        seed: int = 0,
        gaze_scale: float = 1.0,
        head_scale: float = 1.0,
        controls: Controls | None = None,
    ) -> Motion: ...

    @overload
    def generate(
        self,
        speech: Speech,
        style: Style,
        seed: int = 0,
        gaze_scale: float = 1.0,
        head_scale: float = 1.0,
        controls: Controls | None = None,
        *,
        variants: int,
    ) -> list[Motion]: ...

    def generate(
        self,
        speech: Speech,
        style: Style,
        seed: int = 0,
        gaze_scale: float = 1.0,
        head_scale: float = 1.0,
        controls: Controls | None = None,
        variants: int | None = None,
    ) -> Motion | list[Motion]:
        """Motion for a speech in a style; cheap and repeatable.

        Args:
            speech: from `listen`.
            seed: same seed, same motion; a regression without a plant gives the same for every seed.
            gaze_scale: movement of the gaze in the world, 1 as learned, 0 still.
            head_scale: movement of the head; at 0 the eyes do it all, within their range.
            controls: eye contact, activity and looks, inside the model; a model without events has only the
                activities, which then scale its output.
            variants: give a list of that many motions, with the seeds seed, seed + 1, ...

        Returns:
            A Motion of speech.n_frames frames, or a list of them.
        """
        if speech.features is None or speech.encoder != self.encoder.id:
            speech = self.listen(speech, allow_silence=True)
        assert speech.features is not None
        seeds = [seed] if variants is None else [seed + k for k in range(variants)]
        running, pieces, motions = self._running, None, []
        for s in seeds:
            if pieces is None or self.has_events:  # a regression expects the same whatever the seed
                pieces = list(running.whole(speech.features, self._new_rollout(style, s, controls)))
            plant = running.new_plant(style.numbers, s, gaze_scale, head_scale, controls)
            frames = np.concatenate([*(plant.push(block) for block in pieces), plant.finish()])
            motions.append(Motion(frames, name=style.name, source="generated"))
        return motions[0] if variants is None else motions

    def stream(
        self,
        chunks: Iterable[np.ndarray],
        style: Style,
        seed: int = 0,
        gaze_scale: float = 1.0,
        head_scale: float = 1.0,
        controls: Controls | None = None,
    ) -> Iterator[Motion]:
        """The same motion while the speech arrives: chunks of any length of 16 kHz mono samples in, Motions out.

        The parts joined equal `generate` on the whole, bit for bit.
        """
        encoder, rollout = self.encoder.stream(), self._new_rollout(style, seed, controls)
        plant = self._running.new_plant(style.numbers, seed, gaze_scale, head_scale, controls)
        blocks = self._running.blocks()
        for chunk in chunks:
            for block in blocks.push(encoder.push(np.asarray(chunk, np.float32))):
                yield from self._motions(plant.push(rollout.push(block)), style)
        for block in [*blocks.push(encoder.finish()), *blocks.rest()]:
            yield from self._motions(plant.push(rollout.push(block)), style)
        yield from self._motions(plant.push(rollout.finish()), style)
        yield from self._motions(plant.finish(), style)

    def _new_rollout(self, style: Style, seed: int, controls: Controls | None) -> Rolling:
        dim = self.style_encoder.config.dim
        if len(style.vector) != dim:
            raise StyGazeError(f"This model's styles have {dim} numbers, got {len(style.vector)}.")
        if len(style.habits) not in (0, HABITS):
            raise StyGazeError(f"A style has {HABITS} habits or none, got {len(style.habits)}.")
        return self._running.new_rollout(style.numbers, seed, controls)

    @staticmethod
    def _motions(frames: np.ndarray, style: Style) -> Iterator[Motion]:
        if len(frames):
            yield Motion(frames, name=style.name, source="generated")
