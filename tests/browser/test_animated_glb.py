"""The animated GLB in three.js, by its own GLTFLoader: the same vertices as the film's at the same moment."""

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from stygaze.face.animated_glb import write_animated
from stygaze.face.expression import Expression
from stygaze.face.head import Head
from stygaze.motion import Motion

sync_api = pytest.importorskip("playwright.sync_api", reason="browser tests need playwright (extra `test`)")
CHROMIUM = shutil.which("chromium")
THREE = Path(__file__).resolve().parents[2] / "viewer" / "node_modules" / "three"
pytestmark = [
    pytest.mark.skipif(not CHROMIUM, reason="browser tests need Debian's chromium: apt-get install chromium"),
    pytest.mark.skipif(not THREE.is_dir(), reason="needs three.js: npm ci in viewer/ (script/build_viewer does it)"),
]

PAGE = """<!doctype html><link rel="icon" href="data:,">
<script type="importmap">{"imports": {"three": "./three/build/three.module.js"}}</script>
<script type="module">
import * as THREE from 'three';
import {GLTFLoader} from './three/examples/jsm/loaders/GLTFLoader.js';
const gltf = await new GLTFLoader().loadAsync(location.search.slice(1));
const mixer = new THREE.AnimationMixer(gltf.scene);
mixer.clipAction(gltf.animations[0]).play();
window.duration = gltf.animations[0].duration;
window.at = (seconds) => {
  mixer.setTime(seconds);
  gltf.scene.updateMatrixWorld(true);
  const found = [];
  gltf.scene.traverse((mesh) => {
    if (!mesh.isSkinnedMesh) return;
    mesh.skeleton.update();
    const corner = new THREE.Vector3(), which = mesh.geometry.getAttribute('_vertex');
    for (let i = 0; i < which.count; i++) {
      mesh.getVertexPosition(i, corner).applyMatrix4(mesh.matrixWorld);
      found.push([which.getX(i), corner.x, corner.y, corner.z]);
    }
  });
  return found;
};
window.ready = true;
</script>"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("gltf")
    (folder / "three").symlink_to(THREE)
    (folder / "index.html").write_text(PAGE)
    motion, expression = take()
    write_animated(motion, folder / "lively.glb", expression)
    write_animated(motion, folder / "plain.glb", Expression(expression.jaw, 0 * expression.blink))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def take() -> tuple[Motion, Expression]:
    t = np.arange(50) / 25
    head = np.stack([8 * np.sin(3 * t), 25 * np.sin(2 * t), 10 * np.sin(t)], 1)
    eyes = np.stack([9 * np.cos(2 * t), 18 * np.cos(5 * t) - 1.5, 9 * np.cos(2 * t), 18 * np.cos(5 * t) + 1.5], 1)
    blink = np.clip(np.stack([np.sin(6 * t), np.sin(5 * t)], 1), 0, 1)
    smile = {f"mouthSmile{side}": 0.4 + 0.4 * np.sin(t) for side in ("Left", "Right")}
    return Motion(np.concatenate([head, eyes], 1), name="A take"), Expression(0.12 + 0.1 * np.sin(9 * t), blink, smile)


# smplx lets its joints follow expressions, which glTF's cannot: a fifth of a millimetre
@pytest.mark.parametrize(("name", "metres"), [("plain", 1e-5), ("lively", 3e-4)])
def test_three_moves_every_vertex_as_the_film_does(
    name: str, metres: float, site: str, browser: "sync_api.Browser"
) -> None:
    motion, expression = take()
    if name == "plain":
        expression = Expression(expression.jaw, 0 * expression.blink)
    page = browser.new_page()
    wrong: list[str] = []
    page.on("console", lambda m: wrong.append(m.text) if m.type in ("error", "warning") else None)
    page.goto(f"{site}?{name}.glb")
    page.wait_for_function("window.ready", timeout=30_000)
    assert page.evaluate("duration") == pytest.approx(49 / 25, abs=1e-5)
    film = Head.load().vertices(motion, expression)
    for frame in (0, 7, 31, 49):
        found = np.array(page.evaluate(f"at({frame / motion.fps})"))
        apart = np.linalg.norm(found[:, 1:] - film[frame, found[:, 0].astype(int)], axis=1)
        assert apart.max() < metres, f"frame {frame}: {1000 * apart.max():.3f} mm"
    assert [text for text in wrong if "GPU stall" not in text] == []
    page.close()
