"""The page's public endpoints, for gradio_client and MCP: plain files and numbers, the same work as the buttons do."""

from __future__ import annotations

import gradio as gr

from stygaze.errors import StyGazeError
from stygaze.exports import EXPORTS
from stygaze.gaze.statistics import statistics
from stygaze.models.controls import Controls
from stygaze.motion import Motion
from stygaze.pipeline import DEFAULT
from stygaze.speech import MAX_SECONDS, MIN_SECONDS
from stygaze.ui import controls, face, films, heads, models, studio, takes
from stygaze.ui.components import told


def styles() -> list[dict]:
    """The named styles.

    Returns:
        One entry a style: key (what `/generate` takes), name, description.
    """
    return [{"key": k, "name": m.name, "description": m.description} for k, m in studio.references().items()]


def listed() -> list[dict]:
    """The shipped models.

    Returns:
        One entry a model: key (what `/generate` takes), name, description, events (whether it can be asked for eye
        contact and looks).
    """
    with told():
        return [
            {"key": k, "name": models.label(k), "description": models.line(k), "events": models.has_events(k)}
            for k in models.shipped()
        ]


def make(
    speech: str,
    style: str = studio.NEUTRAL,
    blend_with: str | None = None,
    blend_share: float = 0.5,
    style_recording: str | None = None,
    fps: float | None = None,
    unit: str | None = None,
    seed: int = 0,
    gaze_scale: float = 1.0,
    head_scale: float = 1.0,
    model: str = DEFAULT,
    eye_contact: float | None = None,
    gaze_activity: float = 1.0,
    head_activity: float = 1.0,
    looks: list | None = None,
) -> tuple[str, str, dict]:
    """Head and eye motion for a speech in a style.

    Args:
        speech: a recording of 0.2 s to 10 min: wav, flac, mp3, ogg, m4a or webm.
        style: key of a named style, see /styles.
        blend_with: key of a second named style to blend with.
        blend_share: share of the second style, 0 to 1.
        style_recording: a motion file (csv, npz, a Live Link Face csv, bvh; at least 4 s) whose style is used instead.
        fps: frame rate of that file, where it does not say.
        unit: "degrees" or "radians", where that file does not say.
        seed: same seed, same motion.
        gaze_scale: scales the gaze's movement in what was made, 0 still to 2; 1 leaves it.
        head_scale: scales the head's movement in what was made, 0 still to 2; 1 leaves it.
        model: which of the shipped models, see /models.
        eye_contact: share of the time that gaze rests on the partner, 0 to 1; nothing leaves it to style and speech.
            Like looks, only a model whose entry in /models says "events" can be asked for it.
        gaze_activity: how often and how far gaze moves, 0 rests to 2; 1 as learned.
        head_activity: the same of the head.
        looks: where gaze goes for a moment: a list with [at, seconds, yaw, pitch] for each look, in seconds and in
            degrees from the partner's face; yaw toward the subject's left, pitch up.

    Returns:
        The motion as CSV and as NPZ (25 frames a second, degrees), and its statistics beside the reference's.
    """
    with told():
        if style_recording:
            chosen = studio.recorded(style_recording, fps, unit)
        elif blend_with:
            chosen = studio.blended(style, blend_with, blend_share)
        else:
            chosen = studio.named(style)
        wanted = Controls(eye_contact, gaze_activity, head_activity, controls.listed(looks))
        take = takes.perform(speech, chosen, seed, wanted, model or DEFAULT, gaze_scale, head_scale)
        new = takes.Measured.of(take.motion)
        reference = takes.Measured.of(chosen.reference) if chosen.reference else None
        files = takes.save_files(take, new, reference)
        return files["csv"], files["npz"], takes.figures(new, reference)


def film(
    motion: str,
    speech: str,
    seed: int = 0,
    size: int = 512,
    background: str = "studio",
    kind: str = "mp4",
    head: str | None = None,
    mouth: bool = True,
    blinks: bool = True,
    lids: bool = True,
    brows: bool = True,
    emoca: str | None = None,
) -> str:
    """A film of a motion with its sound, 25 frames a second.

    Args:
        motion: a motion file (csv or npz) that says its frame rate and unit.
        speech: the recording it belongs to.
        seed: of the blinks.
        size: width and height in pixels, even, 256 to 1080.
        background: "studio", "transparent", a colour such as "#2b3240", or two with a comma for a gradient.
        kind: "mp4" (H.264 and AAC); "webm" (VP9 and Opus) or "mov" (ProRes 4444) for a transparent background.
        head: whose head it shows, one of the listed keys; the page's first without it.
        mouth: let the mouth move with the speech.
        blinks: blink.
        lids: let the lids follow the eyes.
        brows: raise the brows on accents.
        emoca: a face from EMOCA (zip of its output folder, or npz); on the embedded head only its jaw carries over.

    Returns:
        The film.
    """
    with told():
        if not motion or not speech:
            raise StyGazeError("A film needs a motion file and the speech it belongs to; give both.")
        worn = {"mouth": mouth, "blinks": blinks, "lids": lids, "brows": brows}
        asked = takes.FilmAsked(int(size), background or "studio", kind, heads.head_of(head))
        return takes.film_of(Motion.load(motion), takes.heard(speech), int(seed), worn, emoca, asked)


def convert(motion: str, kind: str = "glb", speech: str | None = None, seed: int = 0) -> str:
    """A motion for another program.

    Args:
        motion: a motion file (csv, npz, a Live Link Face csv, bvh or FLAME npz) that says its frame rate and unit.
        kind: "glb" (animated head), "livelink" (Live Link Face csv), "bvh", "flame" (npz), "csv" or "npz".
        speech: the recording it belongs to, from which mouth, blinks and brows are made.
        seed: of these blinks.

    Returns:
        The file.
    """
    with told():
        if not motion:
            raise StyGazeError("There is no motion file; give a csv, npz or bvh.")
        return takes.converted(motion, takes.heard(speech) if speech else None, kind, int(seed))


def events(motion: str, speech: str | None = None, seed: int = 0) -> str:
    """The fixations, saccades and blinks of a motion, one row each.

    Args:
        motion: a motion file (csv or npz) that says its frame rate and unit.
        speech: the recording it belongs to: blinks are then those of the face in its film, else those seen in the eyes.
        seed: of these blinks.

    Returns:
        The events as CSV.
    """
    with told():
        if not motion:
            raise StyGazeError("There is no motion file; give a csv or npz.")
        return takes.events_file(Motion.load(motion), takes.heard(speech) if speech else None, int(seed))


def measure(motion: str, reference: str | None = None, fps: float | None = None, unit: str | None = None) -> dict:
    """Fixations, saccades, compensation and VOR of a motion.

    Args:
        motion: a motion file, csv or npz.
        reference: another motion file to compare with.
        fps: frame rate of files that do not say.
        unit: "degrees" or "radians", of files that do not say.

    Returns:
        Measures by name, for "motion" and, where given, "reference".
    """
    with told():
        if not motion:
            raise StyGazeError("There is no motion file; give a csv or npz.")
        files = {"motion": motion, "reference": reference}
        return {key: statistics(Motion.load(path, fps, unit)).to_dict() for key, path in files.items() if path}


def expose() -> None:
    """Add the endpoints to the open Blocks, on components that are never drawn."""
    names = list(studio.references())
    limits = f"{MIN_SECONDS:g} s to {MAX_SECONDS // 60} min"
    with gr.Column(visible=False):
        press = gr.Button()
        speech = gr.Audio(label=f"Speech, {limits}", type="filepath")
        style = gr.Dropdown(names, value=studio.NEUTRAL, label="Style")
        blend_with = gr.Dropdown(names, value=None, label="Blend with")
        blend_share = gr.Number(0.5, label="Share of the second style, 0 to 1")
        recording = gr.File(label="Motion recording (csv or npz)")
        fps = gr.Number(None, label="Frames per second, where the file does not say")
        unit = gr.Dropdown(["degrees", "radians"], value=None, label="Unit, where the file does not say")
        seed = gr.Number(0, precision=0, label="Seed")
        gaze = gr.Number(1, label="Gaze movement, 0 to 2")
        head = gr.Number(1, label="Head movement, 0 to 2")
        name = gr.Dropdown(models.shipped(), value=DEFAULT, label="Model")
        contact = gr.Number(None, label="Eye contact, 0 to 1; empty for as learned")
        gaze_activity = gr.Number(1, label="Gaze activity, 0 to 2")
        head_activity = gr.Number(1, label="Head activity, 0 to 2")
        looks = gr.JSON(None, label="Looks: [at, seconds, yaw, pitch] each")
        worn = [gr.Checkbox(True, label=label) for label in face.SWITCHES]
        emoca = gr.File(label=face.EMOCA)
        motion = gr.File(label="Motion (csv or npz)")
        reference = gr.File(label="Reference motion (csv or npz)")
        csv, npz = gr.File(label="Motion, CSV"), gr.File(label="Motion, NPZ")
        happened = gr.File(label="Events, CSV")
        figures, listing = gr.JSON(label="Statistics"), gr.JSON(label="Styles")
        shipped = gr.JSON(label="Models")
        form = gr.Dropdown(list(EXPORTS), value="glb", label="Format")
        converted = gr.File(label="Motion, in that format")
        size = gr.Number(512, precision=0, label="Size in pixels, 256 to 1080")
        background = gr.Textbox("studio", label="Background: studio, transparent or a colour")
        kind = gr.Dropdown(["mp4", "webm", "mov"], value="mp4", label="Kind of film")
        whose = gr.Dropdown(heads.keys(), value=heads.default(), label="Head")
        filmed = gr.File(label="Film")
    press.click(styles, None, listing, api_name="styles", api_description="The named styles: key, name, description.")
    press.click(listed, None, shipped, api_name="models", api_description="The models: key, name, description.")
    press.click(
        make,
        [
            *(speech, style, blend_with, blend_share, recording, fps, unit, seed, gaze, head, name),
            *(contact, gaze_activity, head_activity, looks),
        ],
        [csv, npz, figures],
        api_name="generate",
        concurrency_limit=2,
        concurrency_id="press",
    )
    asked = [motion, speech, seed, size, background, kind, whose, *worn, emoca]
    press.click(film, asked, filmed, api_name="film", concurrency_limit=films.AT_ONCE, concurrency_id="film")
    press.click(convert, [motion, form, speech, seed], converted, api_name="convert")
    press.click(events, [motion, speech, seed], happened, api_name="events")
    press.click(measure, [motion, reference, fps, unit], figures, api_name="statistics")
