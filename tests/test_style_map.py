"""The style map: new points are placed, old ones do not move."""

import numpy as np
import pytest

from stygaze.errors import StyGazeError
from stygaze.gaze.habits import HABITS
from stygaze.style_map import StyleMap


@pytest.fixture(scope="module")
def shipped():
    return StyleMap.load()


def test_shipped_map_knows_the_gallery(shipped):
    from stygaze.pipeline import gallery

    assert set(shipped.style) - {""} == set(gallery())
    assert shipped.generated.any() and (~shipped.generated).sum() > 300
    assert np.isfinite(shipped.xy).all()
    assert shipped.habits.shape == (len(shipped.xy), HABITS)  # a point of the map can be chosen as a style


def test_a_known_style_is_placed_near_its_own_point_and_nothing_moves(shipped):
    before = shipped.xy.copy()
    recorded = np.flatnonzero(~shipped.generated)[::40]
    placed = shipped.place(shipped.vectors[recorded])
    width = np.ptp(shipped.xy, axis=0).max()
    assert np.median(np.linalg.norm(placed - shipped.xy[recorded], axis=1)) < 0.05 * width
    assert np.array_equal(shipped.xy, before)
    assert np.array_equal(placed, shipped.place(shipped.vectors[recorded]))


def test_styles_of_another_model_are_refused(shipped):
    with pytest.raises(StyGazeError, match="64 numbers"):
        shipped.place(np.ones((1, 32)))
