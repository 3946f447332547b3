"""What agrees between simulated and recorded eyes, what does not, and why: sentences around the measured figures."""

from __future__ import annotations

from typing import Any

from stygaze.evaluation.calibration_data import PIXELS_A_DEGREE, SHORTEST

ASSUMPTIONS = (
    f"The screen of the recorded conversations is taken to have {PIXELS_A_DEGREE:g} pixels a degree (27 inches, 2560 "
    "pixels, seen from 65 cm): the recordings do not say. Ratios do not depend on it.",
    f"Simulated fixations under {1000 * SHORTEST:.0f} ms are left out, as the recordings have none.",
    "Simulated fixations and the main sequence at 120 Hz are those that were planned and carried out, before a sensor "
    "adds noise and blinks.",
    "The headset's takes last 46 s in all and are not conversations: they tell how eyes move, not where people look.",
)

# {key} becomes that row of the table: "0.28 recorded, 0.26 hage, 0.28 natural".
NOTES = (
    "**Rhythm agrees.** Seconds from onset to onset of fixations while speaking: {interval_speaking} (medians). The "
    "fixations themselves last longer in the simulation, {duration_speaking}: the recordings' detector leaves 0.1 s "
    "between two fixations, where a saccade takes 0.05 s.",
    "**Shorter while speaking: agrees.** Median fixation while speaking over that while listening: {shorter}.",
    "**Wider while speaking: agrees in direction, not in size.** Percent of people who look wider while they speak: "
    "{wider_people}; by how many times: {wider}. The spread while speaking, in degrees, is {spread_speaking}, that of "
    "profile natural much like the recorded one. Listening it is not: {spread_listening}. Recorded listeners rest on "
    "the partner's picture on their screen, simulated ones look away for 20 to 30 % of the time, as is reported of "
    "people face to face (Kendon 1967). One cannot have both; the published shares were kept.",
    "**Profile hage is wider than people are**, speaking and listening, because the paper's gaze energy, about four "
    "times that of real saccades, asks for it.",
    "**People differ more than simulated ones.** Standard deviation of the logarithm of their spread: {between}. The "
    "prior of styles is too narrow in this.",
    "**Main sequence: agrees within a fifth from 5 degrees up.** In degrees a second, at 120 Hz: 5 degrees "
    "{peak_5_120}; 10 degrees {peak_10_120}; at 25 FPS {peak_10_25}. Recorded saccades of 3 degrees are faster, "
    "{peak_3_120}: they are few, and noise can add to them, but ours may also be somewhat slow when small.",
    "**Two eyes too alike.** Correlation of left and right in yaw: {alike_yaw}; in pitch: {alike_pitch}. The simulator "
    "gives both eyes one pitch, while a tracker errs in each eye for itself; profile hage has such noise, but it is "
    "small beside its wide gaze.",
    "**The reflex has the right sign.** VOR gain: {vor}. The headset's eyes lag behind its head, so its gain reads "
    "weak and vouches for the sign only.",
)


def notes(table: list[dict[str, Any]]) -> list[str]:
    """The sentences with the figures of this table (see `calibration_tables.beside_recordings`)."""
    shown = {}
    for row in table:
        values = [(name, row[name]) for name in ("recorded", "hage", "natural") if row[name] is not None]
        decimals = min(row["decimals"], 3 if abs(values[0][1]) < 1 else 2)
        shown[row["key"]] = ", ".join(f"{value:.{decimals}f} {name}" for name, value in values)
    return [note.format(**shown) for note in NOTES]
