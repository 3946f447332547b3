"""A trained generator running freely, whichever network it is: speech features in, frames of motion out.

Made once from a generator and shared; what runs has a state of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from stygaze.errors import StyGazeError
from stygaze.models.controls import Controls
from stygaze.models.event_rollout import EventRollout
from stygaze.models.event_weights import EventWeights
from stygaze.models.events import EventGenerator
from stygaze.models.frames import FrameGenerator
from stygaze.models.generator import MotionGenerator
from stygaze.models.oculomotor import OculomotorPlant, PlantConfig, Scaled
from stygaze.models.rollout import Blocks, NetworkRollout, Rollout, RolloutWeights, StyleHeads

Rolling = Rollout | NetworkRollout | EventRollout


class FreeRunning:
    """Rollouts of a generator and the plants that carry them out.

    Args:
        generator: in evaluation mode.
        plant: None hands on the network's own output; an events generator has no use for one.
    """

    def __init__(self, generator: FrameGenerator | EventGenerator, plant: PlantConfig | None):
        self.generator, self.plant = generator, plant
        self._weights: EventWeights | StyleHeads = (
            EventWeights(generator)
            if isinstance(generator, EventGenerator)
            else RolloutWeights(generator)
            if isinstance(generator, MotionGenerator)
            else StyleHeads(generator)
        )

    def new_rollout(self, style: np.ndarray, seed: int, controls: Controls | None) -> Rolling:
        """From the habitual pose of a style, its vector first ([style_dim] or more).

        Raises:
            StyGazeError: eye contact or looks of a generator that has no events.
        """
        w = self._weights
        if isinstance(w, EventWeights):
            return EventRollout.of_one(w, style, int(seed), controls)
        if controls is not None and (controls.eye_contact is not None or controls.looks):
            raise StyGazeError("This model cannot be asked for eye contact or looks; choose one that makes events.")
        if isinstance(w, RolloutWeights):
            return Rollout(w, style)
        assert isinstance(self.generator, FrameGenerator)
        return NetworkRollout(self.generator, style)

    def new_plant(
        self, style: np.ndarray, seed: int, gaze_scale: float, head_scale: float, controls: Controls | None
    ) -> OculomotorPlant | Scaled:
        """What stands between a rollout and its motion.

        Raises:
            StyGazeError: a scale outside 0 to 2.
        """
        for label, value in (("gaze_scale", gaze_scale), ("head_scale", head_scale)):
            if not 0 <= value <= 2:
                raise StyGazeError(f"{label} lies between 0 (still) and 2, got {value}.")
        w = self._weights
        if controls is not None and not isinstance(w, EventWeights):  # a regression offers nothing else
            gaze_scale, head_scale = gaze_scale * controls.gaze_activity, head_scale * controls.head_activity
        centre = w.habitual_pose(style)
        if self.plant is None or isinstance(w, EventWeights):
            return Scaled(centre, gaze_scale, head_scale)
        return OculomotorPlant(centre, w.sigmas(style), self.plant, int(seed), gaze_scale, head_scale)

    def blocks(self) -> Blocks:
        """What cuts features into the blocks that are handed on at once."""
        return Blocks(self.generator.config.segment)

    def whole(self, features: np.ndarray, rollout: Rolling) -> Iterator[np.ndarray]:
        """Frames of a whole recording's features [T, D], in the fixed blocks of a stream."""
        blocks = self.blocks()
        for block in [*blocks.push(features), *blocks.rest()]:
            yield rollout.push(block)
        yield rollout.finish()
