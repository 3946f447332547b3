// The time a clip is at: that of its sound, or of a silent clock with the same manners.

const SMOOTH = 0.06; // seconds the steady clock may carry a coarse currentTime on before it is believed again
const PATIENCE = 4000; // ms to wait for a sound's length

export class Clock extends EventTarget {
  constructor() {
    super();
    this.audio = new Audio();
    this.audio.preload = 'auto';
    this.voiced = false;
    this.length = 0;
    this.looped = false;
    this.rate = 1;
    this.silent = {time: 0, since: 0, playing: false};
    this.seen = {time: -1, at: 0, shown: 0, running: false};
    for (const kind of ['play', 'pause', 'seeked', 'ended', 'volumechange'])
      this.audio.addEventListener(kind, () => this.voiced && this.dispatchEvent(new Event('change')));
    this.audio.addEventListener('error', () => this.voiced && this.#lose());
  }

  /** Take a sound and a length in seconds. Resolves when the sound can be timed: true, or false where there is none. */
  async load(url, length) {
    this.pause();
    this.length = length;
    this.silent = {time: 0, since: 0, playing: false};
    this.seen.time = -1;
    this.voiced = false;
    const token = (this.token = {});
    if (!url) {
      this.audio.removeAttribute('src');
      this.audio.load();
      return false;
    }
    const ready = new Promise((done) => {
      this.audio.addEventListener('loadedmetadata', () => done(true), {once: true});
      this.audio.addEventListener('error', () => done(false), {once: true});
      setTimeout(() => done(true), PATIENCE); // some phones load nothing before the first press of play
    });
    this.audio.loop = this.looped;
    this.audio.src = url;
    this.audio.load();
    const voiced = await ready;
    if (token === this.token) this.voiced = voiced;
    return voiced;
  }

  // The sound turned out to be unusable: go on without it.
  #lose() {
    this.voiced = false;
    this.silent = {time: 0, since: 0, playing: false};
    this.dispatchEvent(new Event('silent'));
    this.dispatchEvent(new Event('change'));
  }

  get playing() {
    return this.voiced ? !this.audio.paused && !this.audio.ended : this.silent.playing;
  }

  get time() {
    if (this.voiced) return this.#smooth();
    if (!this.silent.playing) return this.silent.time;
    const time = this.silent.time + (this.rate * (performance.now() - this.silent.since)) / 1000;
    if (time < this.length) return time;
    if (this.looped && this.length > 0) return time % this.length;
    this.silent = {time: this.length, since: 0, playing: false};
    queueMicrotask(() => this.dispatchEvent(new Event('change')));
    return this.length;
  }

  // Some browsers move currentTime in steps; once it runs, the steady clock carries it on between them, never backwards.
  #smooth() {
    const time = this.audio.currentTime;
    const now = performance.now();
    const {seen} = this;
    if (!this.playing || this.audio.seeking) {
      seen.time = -1;
      return time;
    }
    if (seen.time < 0 || Math.abs(time - seen.shown) > 0.2) this.seen = {time, at: now, shown: time, running: false};
    else if (time !== seen.time) Object.assign(seen, {time, at: now, running: true});
    if (this.seen.running) {
      const on = time + Math.min((this.rate * (now - seen.at)) / 1000, SMOOTH);
      this.seen.shown = Math.min(Math.max(on, seen.shown), this.length || Infinity);
    }
    return this.seen.shown;
  }

  /** Start; false where the browser wants a press of a button first. */
  async play() {
    if (this.length && this.time >= this.length - 0.02) this.seek(0);
    if (this.voiced) {
      try {
        await this.audio.play();
        return true;
      } catch (error) {
        if (error.name === 'AbortError') return true; // a later press or clip took over
        if (error.name !== 'NotSupportedError') return false;
        if (this.voiced) this.#lose();
      }
    }
    this.silent = {time: this.silent.time, since: performance.now(), playing: true};
    this.dispatchEvent(new Event('change'));
    return true;
  }

  pause() {
    if (this.voiced) return this.audio.pause();
    this.silent = {time: this.time, since: 0, playing: false};
    this.dispatchEvent(new Event('change'));
  }

  seek(seconds) {
    const time = Math.min(Math.max(seconds, 0), this.length);
    this.seen.time = -1;
    if (this.voiced) this.audio.currentTime = time;
    else this.silent = {...this.silent, time, since: performance.now()};
    this.dispatchEvent(new Event('change'));
  }

  get loop() {
    return this.looped;
  }

  set loop(on) {
    this.audio.loop = this.looped = on;
    this.dispatchEvent(new Event('change'));
  }

  /** How fast time goes, 1 as recorded; a voice keeps its pitch. */
  get speed() {
    return this.rate;
  }

  set speed(rate) {
    if (!this.voiced) this.silent = {...this.silent, time: this.time, since: performance.now()};
    this.seen.time = -1;
    this.rate = this.audio.defaultPlaybackRate = this.audio.playbackRate = rate; // loading another sound goes back to the default
    this.dispatchEvent(new Event('change'));
  }

  get muted() {
    return this.audio.muted;
  }

  set muted(on) {
    this.audio.muted = on;
    this.dispatchEvent(new Event('change'));
  }

  dispose() {
    this.pause();
    this.audio.removeAttribute('src');
    this.audio.load();
  }
}
