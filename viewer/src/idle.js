// The head before any clip: calm, looking at whoever looks at it, with an occasional blink.

const SHUT = 0.09; // seconds from open to closed; opening takes twice as long, as lids do
const WAKE = 30; // seconds of gentle sway; afterwards only blinks are drawn, to spare the battery

export class Idle {
  constructor() {
    this.now = {};
    this.begin = 0;
    this.blinkAt = 1.6;
  }

  restart(seconds) {
    this.begin = seconds;
    this.blinkAt = seconds + 1.6;
  }

  /** Pose at `seconds` of a running clock; `calm` for people who asked for reduced motion; without `sway` only blinks. */
  at(seconds, {calm = false, sway: swaying = true} = {}) {
    const t = seconds - this.begin;
    const sway = calm || !swaying ? 0 : Math.max(0, Math.min(1, (WAKE - t) / 4));
    const yaw = 0.9 * sway * Math.sin(t * 0.61);
    const pitch = 0.6 * sway * Math.sin(t * 0.43 + 0.8);
    if (seconds > this.blinkAt + 3 * SHUT) this.blinkAt = seconds + 2.2 + 3.2 * Math.random();
    const since = seconds - this.blinkAt;
    const lid = calm || since < 0 ? 0 : since < SHUT ? since / SHUT : Math.max(0, 1 - (since - SHUT) / (2 * SHUT));
    // the eyes turn against the head, so that the gaze stays on the viewer; they converge on a face a metre away
    Object.assign(this.now, {
      head_pitch: pitch, head_yaw: yaw, head_roll: 0.4 * sway * Math.sin(t * 0.37),
      left_eye_pitch: -pitch, left_eye_yaw: -yaw - 1.6, right_eye_pitch: -pitch, right_eye_yaw: -yaw + 1.6,
      jaw: 0, eyeBlinkLeft: lid, eyeBlinkRight: lid,
    });
    return this.now;
  }

  /** Whether the picture changes at this moment; between blinks of a head that has come to rest it does not. */
  moving(seconds, swaying = true) {
    return (swaying && seconds - this.begin < WAKE) || seconds > this.blinkAt - 0.05;
  }
}
