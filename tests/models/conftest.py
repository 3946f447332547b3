"""A small events generator that nobody trained, and something like speech for it."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from stygaze.models.events import EventGenerator, EventsConfig

DIM, STYLE = 12, 4


@pytest.fixture(scope="session")
def network() -> Callable[..., EventGenerator]:
    def made(**sizes: float) -> EventGenerator:
        torch.manual_seed(0)
        sizes = dict(width=8, hidden=16, state_width=8, style_width=6) | sizes
        model = EventGenerator(EventsConfig(audio_dim=DIM, style_dim=STYLE, **sizes))
        for parameter in model.turn_out.parameters():
            parameter.data.mul_(0.2)  # an untrained head that does not run away
        model.posture.weight.data.mul_(5)
        model.flights[:] = torch.tensor([[0.1 * k, 0.01 * k % 1, *[1.0] * 9] for k in range(len(model.flights))])
        for name in ("velocity_std", "drift_std"):
            getattr(model, name).fill_(0.1)
        model.usual[0] = 0.4
        model.carriage.weight.data.normal_(std=3)
        model.usually_heard.normal_()
        return model.eval().requires_grad_(False)

    return made


@pytest.fixture(scope="session")
def model(network) -> EventGenerator:
    return network()


@pytest.fixture(scope="session")
def speech() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(160, DIM)).astype(np.float32)
