"""Files that the page's API makes of a motion: films and other programs' formats."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from stygaze.face.render import film_available
from stygaze.motion import Motion


def test_a_motion_is_converted(client: Client, spoken: Path, motion: Motion, tmp_path: Path) -> None:
    path = handle_file(str(motion.save(tmp_path / "waves.csv")))
    live = client.predict(path, kind="livelink", api_name="/convert")
    assert np.abs(Motion.load(live).frames - motion.frames).max() < 1e-3
    head = client.predict(handle_file(live), kind="glb", speech=handle_file(str(spoken)), api_name="/convert")
    assert Path(head).read_bytes()[:4] == b"glTF"
    with pytest.raises(AppError):
        client.predict(path, kind="fbx", api_name="/convert")


@pytest.mark.skipif(film_available() is not None, reason="needs OpenGL")
def test_eight_films_at_once_are_each_as_asked(app_url: str, spoken: Path, tmp_path: Path, motion: Motion) -> None:
    """They take turns at one render thread, and wait in one queue: none is lost, none gets another's frames."""

    def visit(n: int) -> tuple[int, list[np.ndarray]]:
        path = motion[: 10 + n].save(tmp_path / str(n) / "motion.csv")
        films = Client(app_url, verbose=False)
        wanted = {"size": 256 + 32 * (n % 3), "background": f"rgb({20 * n}, 200, {255 - 20 * n})"}
        film = films.predict(handle_file(str(path)), handle_file(str(spoken)), api_name="/film", **wanted)
        with av.open(film) as file:
            return n, [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]

    with ThreadPoolExecutor(8) as users:
        for n, frames in users.map(visit, range(8)):
            assert len(frames) == 10 + n and frames[0].shape[0] == 256 + 32 * (n % 3)
            corners = np.array([frame[5, 5].astype(int) for frame in frames])
            assert np.abs(corners - (20 * n, 200, 255 - 20 * n)).max() < 8


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"size": 5000}, "256 to 1080"),
        ({"background": "bleu"}, "not 'bleu'"),
        ({"background": "transparent"}, "no transparency"),
        ({"kind": "avi"}, "mp4"),
    ],
)
def test_films_that_cannot_be(
    client: Client, spoken: Path, tmp_path: Path, motion: Motion, wanted: dict, said: str
) -> None:
    path = motion[:10].save(tmp_path / "motion.csv")
    with pytest.raises((AppError, ValueError), match=said):
        client.predict(handle_file(str(path)), handle_file(str(spoken)), api_name="/film", **wanted)
