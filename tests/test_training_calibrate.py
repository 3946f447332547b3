"""The moments by which free running is brought to the truth."""

import numpy as np
import pytest

from stygaze.training.calibrate import free_moments


def test_moments_of_a_motion_with_a_known_answer() -> None:
    frames = np.zeros((1050, 7), np.float32)
    frames[:, [4, 6]] = 10.0 * (np.arange(1050)[:, None] // 25 % 2)  # a jump of 10 degrees each second
    frames[:, 1] = 3 * np.sin(2 * np.pi * np.arange(1050) / 100)
    frames[:, [4, 6]] -= frames[:, 1:2]  # the eyes make up for the head
    said = free_moments([frames])
    assert said["jumps"] == pytest.approx(1.0, abs=0.03)
    assert said["yaw"] == pytest.approx((3 * 2 * np.pi / 100) ** 2 / 2, rel=0.02)
    assert said["drift"] < 0.01 and said["blinks"] == 0
    assert abs(said["along"]) < 0.05  # this head does not go along
    turned = 0.2 * (frames[:, 1:2] + frames[:, [4]])
    frames[:, 1:2] += turned
    frames[:, [4, 6]] -= turned
    assert free_moments([frames])["along"] == pytest.approx(0.2, abs=0.05)
