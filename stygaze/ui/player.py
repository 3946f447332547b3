"""The talking head on the page: assets/viewer/player.bundle.js inside gr.HTML, fed with a clip and its sound."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from stygaze.assets import asset
from stygaze.face.head import Head
from stygaze.face.viewer import head_file, write_clip
from stygaze.motion import Motion

if TYPE_CHECKING:
    from stygaze.face.expression import Expression

# Runs once, when the component appears. `props.value` is what `player_value` makes; the first brings script and head.
# The template names no value, so that Gradio never redraws it and one WebGL context serves all clips.
_ON_LOAD = """
const first = props.value;
const address = (file) => `${file.url}?v=${first.version}`; // a new version is never hidden by a browser's cache
const loaded = window.StyGaze ? Promise.resolve() : new Promise((done, failed) => {
  let script = document.querySelector('script[data-stygaze]');
  if (!script) {
    script = Object.assign(document.createElement('script'), {src: address(first.script)});
    script.dataset.stygaze = '';
    document.head.append(script);
  }
  script.addEventListener('load', done);
  script.addEventListener('error', () => failed(new Error('The player could not be loaded.')));
});
let player = null, shown = null, sound = null;
const show = async () => {
  try {
    await loaded;
    // a value without a clip changes the head alone
    const {head, clip, audio, name = null, beside = []} = props.value ?? {};
    const place = element.querySelector('.sty-player');
    player ??= StyGaze.mount(place, {headUrl: address(first.head), caption: props.caption});
    if (head) await player.setHead(address(head));
    if (clip === undefined) return; // the head alone was changed
    const others = beside.map((other) => ({clip: other.clip.url, name: other.name}));
    const same = clip && clip.url === shown; // goes on as it is, whatever comes to stand beside it
    const going = !same && audio && audio.url === sound ? {time: player.time, playing: player.playing} : null;
    [shown, sound] = [clip?.url ?? null, audio?.url ?? null];
    await (same ? player.setBeside(others, name)
      : player.setClip(shown, sound, {name, beside: others, ...(going ? {autoplay: false} : {})}));
    if (going) player.seek(going.time); // another face for the same sound goes on where the one before stands
    if (going?.playing) await player.play();
  } catch (error) {
    console.warn(error);
  }
};
watch('value', show);
show();
"""


def player_html(caption: str = "Press Generate", **options: Any) -> dict[str, Any]:
    """Keyword arguments of the gr.HTML that holds a player; `caption` stands under the head while there is no clip."""
    bundle, head = asset("viewer", "player.bundle.js"), head_file(Head.load())
    gr.set_static_paths([bundle, head])  # served with their own media types, and not copied
    version = hashlib.sha256(bundle.read_bytes() + head.read_bytes()).hexdigest()[:12]
    return {
        "value": {"version": version, "script": _file(bundle), "head": _file(head), "clip": None, "audio": None},
        "label": "Talking head",
        "html_template": '<div class="sty-player"></div>',
        "js_on_load": _ON_LOAD,
        "apply_default_css": False,
        "caption": caption,
        **options,
    }


def player(caption: str = "Press Generate", **options: Any) -> gr.HTML:
    """A player as a component; an event's function returns `player_value` to it, or `player_rest()` to empty it."""
    return gr.HTML(**player_html(caption, **options))


def player_value(
    motion: Motion,
    expression: Expression | None = None,
    audio: Path | None = None,
    folder: Path | None = None,
    name: str | None = None,
    beside: Mapping[str, Path] | None = None,
) -> dict[str, Any]:
    """What to show: writes the clip by that name into `folder` (where the audio lies, if not given).

    Another clip for the same sound goes on where the one before stands; it needs another name.

    The folder must be one whose files Gradio may serve: the system's temporary one, or a static path.

    Args:
        motion: what head and eyes do.
        expression: mouth and blinks; without it the face is at rest.
        audio: the sound; without it the head moves in silence.
        folder: where the clip goes.
        name: stands above the face in place of the motion's name.
        beside: more clips of the same speech by name, each written by `stygaze.face.viewer.write_clip`. They stand
            beside this one, and one clock, one sound and one camera serve them all.
    """
    folder = folder or (audio.parent if audio else None)
    if folder is None:
        raise ValueError("player_value needs an audio file or a folder to write the clip into")
    return clip_value(write_clip(motion, folder / "clip.json", expression), audio, name, beside)


def clip_value(
    clip: Path, audio: Path | None = None, name: str | None = None, beside: Mapping[str, Path] | None = None
) -> dict[str, Any]:
    """`player_value` of a clip that is written already. Where that clip is being shown, it plays on undisturbed."""
    others = [{"clip": _file(path), "name": title} for title, path in (beside or {}).items()]
    return {"clip": _file(clip), "audio": _file(audio) if audio else None, "name": name, "beside": others}


def player_head(head: Path) -> dict[str, Any]:
    """Another head.glb, with the clip that is there."""
    return {"head": _file(head)}


def player_rest(head: Path | None = None) -> dict[str, Any]:
    """The head at rest, or another head.glb at rest."""
    return {**({"head": _file(head)} if head else {}), "clip": None, "audio": None}


def _file(path: Path) -> dict[str, Any]:
    # Gradio gives such a dictionary an address, with the right root behind a proxy
    return gr.FileData(path=str(path)).model_dump()
