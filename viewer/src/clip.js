// A clip: the angles, jaw and expression of a motion, frame by frame, as stygaze/face/viewer.py packs them.

function int16(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return new DataView(bytes.buffer); // read with a stated byte order: the machine's own may differ
}

export class Clip {
  /** `json`: {fps, frames, tracks: [{name, scale}], data: base64 of little-endian int16 [frames, tracks]}. */
  constructor(json) {
    if (json?.format !== 'stygaze-clip') throw new Error('This is not a StyGazeTalk clip.');
    const width = json.tracks.length;
    const view = int16(json.data);
    if (view.byteLength !== 2 * width * json.frames) throw new Error('The clip is cut short.');
    this.fps = json.fps;
    this.frames = json.frames;
    this.duration = json.frames / json.fps;
    this.name = json.name ?? '';
    this.names = json.tracks.map((track) => track.name);
    this.values = new Float32Array(width * json.frames);
    for (let i = 0; i < this.values.length; i++) this.values[i] = view.getInt16(2 * i, true) * json.tracks[i % width].scale;
    this.now = Object.fromEntries(this.names.map((name) => [name, 0]));
  }

  /** Values at `seconds`, linear between frames: at t = i / fps they are frame i, as in the film. Reuses one object. */
  at(seconds) {
    const width = this.names.length;
    const place = Math.min(Math.max(seconds * this.fps, 0), this.frames - 1);
    const first = Math.min(Math.floor(place + 1e-6), this.frames - 1);
    const share = Math.max(0, place - first);
    const a = first * width;
    const b = Math.min(first + 1, this.frames - 1) * width;
    for (let k = 0; k < width; k++) this.now[this.names[k]] = this.values[a + k] * (1 - share) + this.values[b + k] * share;
    return this.now;
  }
}

/** A clip from a URL or from its parsed JSON. */
async function loadClip(source) {
  if (typeof source !== 'string') return new Clip(source);
  const answer = await fetch(source);
  if (!answer.ok) throw new Error(`The clip could not be loaded (${answer.status}).`);
  return new Clip(await answer.json());
}

/** A face to show: its clip, however it is given, and its name or that of its clip. */
export async function loadFace({clip, name}) {
  const loaded = clip instanceof Clip ? clip : await loadClip(clip);
  return {clip: loaded, name: name ?? loaded.name};
}
