"""The card that goes with a checkpoint, in the Hub's format: front matter for its search, plain words for people."""

from __future__ import annotations

from typing import Any

from huggingface_hub import EvalResult, ModelCard, ModelCardData

ABOUT = {
    "base": "The paper's Base: an LSTM that hears speech and knows no style.",
    "se-32": "The paper's SE-32: an LSTM with a learned style of 32 numbers.",
    "se-64": "The paper's SE-64: an LSTM with a learned style of 64 numbers.",
    "se-64-vel": "The paper's SE-64-VEL: SE-64 trained with the velocity loss beside the position loss.",
    "tfm-se-64": "The paper's TFM-SE-64: a Transformer of the same size in the LSTM's place.",
    "pseudo-se-64": "The paper's Pseudo-SE-64: SE-64 trained on gaze as a webcam would estimate it (simulated errors).",
    "events": "Ours, not the paper's: gaze and head as events, drawn from what an LSTM expects of style and speech.",
    "oculomotor": "The paper's SE-64-VEL, trained at length, followed by an oculomotor stage of our own.",
}
METRICS = {  # key in results.json: name on the Hub
    "mae_all": "MAE, all angles (deg)",
    "mae_gaze": "MAE, eyes (deg)",
    "mae_head": "MAE, head (deg)",
    "ce": "style distance CE",
    "sim_score": "SimScore",
}


def model_card(record: dict[str, Any], row: dict[str, Any] | None = None) -> ModelCard:
    """A card from a checkpoint's record.

    Args:
        record: the checkpoint's config.json.
        row: its row of results.json under the free protocol, if it was evaluated.
    """
    name = record.get("row", "stygaze")
    corpus = record.get("corpus", {})
    data = ModelCardData(
        language="en",
        license="mit",
        library_name="stygaze",
        tags=["eye-gaze", "head-motion", "speech-driven-animation", "talking-head", "simulated-data"],
        model_name=f"stygaze-{name}",
        eval_results=_results(row, corpus) or None,
    )
    return ModelCard(f"---\n{data.to_yaml()}\n---\n\n{_text(name, record, row)}")


def _results(row: dict[str, Any] | None, corpus: dict[str, Any]) -> list[EvalResult]:
    if row is None:
        return []
    return [
        EvalResult(
            task_type="other",
            task_name="speech to gaze and head motion",
            dataset_type=corpus.get("name", "simulated"),
            dataset_name=f"{corpus.get('name', 'simulated')} (simulated motion over real speech), test split",
            metric_type=key,
            metric_name=f"{label}, {row['protocol']} protocol, {_seeds(row)}",
            metric_value=row["metrics"][key]["mean"],
        )
        for key, label in METRICS.items()
        if row["metrics"].get(key, {}).get("mean") is not None
    ]


def _seeds(row: dict[str, Any]) -> str:
    n = len(row["seeds"])
    return f"mean of {n} training seeds" if n > 1 else "one training seed"


def _text(name: str, record: dict[str, Any], row: dict[str, Any] | None) -> str:
    encoder, corpus = record.get("encoder", {}), record.get("corpus", {})
    training = record.get("training", {})
    stage = "followed by an oculomotor stage" if record.get("plant") else "the network's own output, without more"
    if record.get("row") == "events":
        stage = "another seed is another take"
    lines = [
        f"# StyGazeTalk {name}",
        "",
        f"{ABOUT.get(name, 'A motion generator of StyGazeTalk.')} Speech and a style in, head and both eyes out: seven "
        f"angles in degrees, 25 frames a second; {stage}.",
        "",
        "```python",
        "from stygaze import Motion, StyGazeTalk",
        "",
        f'model = StyGazeTalk.from_pretrained("{name}")   # or this folder, or its id on the Hub',
        'motion = model.generate(model.listen("talk.wav"), model.style("neutral"), seed=0)',
        "```",
        "",
        "| | |",
        "|---|---|",
        "| made for | animating a head and its gaze; study of such models |",
        "| not made for | conclusions about real people: it learned from **simulated** motion over real speech |",
        f"| trained on | corpus `{corpus.get('name', '?')}`, hash `{corpus.get('hash', '?')}` |",
        f"| hears with | {encoder.get('id', '?')} (the paper has Wav2Vec 2.0), loudness, pitch and voicing |",
    ]
    size = f"{record['parameters'] / 1e6:.2f} M parameters, " if record.get("parameters") else ""
    lines += [
        f"| generator | {size}{training.get('steps', '?')} steps, seed {training.get('seed', '?')} |",
        f"| made by | commit `{record.get('commit', '?')}` |",
        "| licence | MIT |",
    ]
    if row is not None:
        lines += [
            "",
            f"Test split, free protocol (speech and a 40 s reference), {_seeds(row)}:",
            "",
            "| measure | value |",
            "|---|---|",
        ]
        for key, label in METRICS.items():
            value = row["metrics"].get(key, {}).get("mean")
            lines.append(f"| {label} | {'–' if value is None else f'{value:.3f}'} |")
        lines += ["", "These numbers come from simulated data and must not be set beside the paper's."]
    return "\n".join(lines) + "\n"
