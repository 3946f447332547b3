// One player: a head on a stage, once or several times over, a clock, the controls, and the events by which plots
// follow and drive it.
import {loadFace} from './clip.js';
import {Clock} from './clock.js';
import {Controls, MARKUP} from './controls.js';
import {Idle} from './idle.js';
import {loadHead} from './head.js';
import {Faces} from './faces.js';
import {Pane} from './pane.js';
import {Rays} from './rays.js';
import {line, sight} from './sight.js';
import {Stage, VIEWS} from './stage.js';
import {saveStill} from './still.js';
import {followTheme} from './theme.js';
import {Vector3} from 'three';
import css from './player.css';

const BEAT = 1000 / 30; // ms between `stygaze:time` events at the most
const IDLE_BEAT = 1000 / 35; // ms between pictures of a resting head, which needs no 60 a second
const SILENT = 'The sound could not be loaded; the head moves in silence.';
let count = 0;

function wear() {
  if (document.getElementById('stygaze-style')) return;
  const style = document.createElement('style');
  style.id = 'stygaze-style';
  style.textContent = css;
  document.head.append(style);
}

export class Player {
  constructor({
    caption = 'Press Generate', rays = false, target = false, trail = false, view = 'front', autoplay = true, theme = 'auto', clock = null,
  } = {}) {
    wear();
    this.id = `player-${++count}`;
    this.options = {caption, autoplay};
    this.root = document.createElement('section');
    this.root.className = 'stygaze';
    this.root.tabIndex = 0;
    this.root.setAttribute('aria-label', 'Talking head player');
    this.root.innerHTML = MARKUP;
    this.calmQuery = matchMedia('(prefers-reduced-motion: reduce)');
    this.head = null;
    this.idle = new Idle();
    this.sent = 0;
    this.ownClock = !clock;
    this.clock = clock ?? new Clock();
    this.controls = new Controls(this.root, this);
    this.faces = new Faces(this.root.querySelector('.sg-faces'));
    this.stage = new Stage(this.controls.part.canvas, {
      begin: (now) => this.#begin(now), away: () => (this.#tell(), this.playing), face: (index, cell) => this.#face(index, cell),
      layout: () => this.faces.layout(), calm: () => this.calmQuery.matches,
    });
    this.lines = new Rays();
    this.pane = new Pane();
    this.stage.scene.add(this.lines.group, this.pane.group);
    this.lines.group.visible = rays;
    Object.assign(this.pane, {target, trailing: trail});
    this.stage.show(view, false);
    this.changed = () => this.#changed();
    this.clock.addEventListener('change', this.changed);
    this.muteness = () => this.#problem(SILENT);
    this.clock.addEventListener('silent', this.muteness);
    this.driven = ({detail}) => {
      if (detail?.player && detail.player !== this.id) return;
      if (this.clip && Number.isFinite(detail?.seconds)) this.seek(detail.seconds);
    };
    window.addEventListener('stygaze:seek', this.driven);
    this.forgetTheme = followTheme(this.root, theme, () => this.stage.invalidate());
    this.controls.caption(caption);
    this.#changed();
  }

  /** Show this head (URL of a head.glb); the one already shown stays until the new one is there. */
  async setHead(url) {
    if (!url || url === this.headUrl) return;
    this.headUrl = url;
    this.root.setAttribute('aria-busy', 'true');
    try {
      const head = await loadHead(url, this.stage.slow ? 1 : 4);
      if (url !== this.headUrl) return head.dispose();
      this.head?.dispose();
      this.head = head;
      this.stage.scene.add(head.root);
      this.pane.before(head);
      this.stage.look(head.scene.camera);
      for (const [end, color] of Object.entries(head.scene.background))
        this.root.style.setProperty(`--sg-film-${end}`, `rgb(${color.map((c) => Math.round(255 * c)).join(' ')})`);
      if (!this.clip) this.controls.caption(this.options.caption);
      this.idle.restart(performance.now() / 1000);
      this.stage.invalidate();
    } catch (error) {
      this.headUrl = null;
      this.#problem('The head could not be loaded; reload the page.');
      throw error;
    } finally {
      this.root.removeAttribute('aria-busy');
    }
  }

  /** Show a clip (URL or parsed JSON) with its sound; null goes back to rest. Plays where autoplay is on and allowed.
   *  `name` stands above the face in place of the clip's own; `beside` are clips of the same speech to compare with,
   *  [{clip, name}], each a face of its own that keeps the same time. */
  async setClip(source, audio = null, {autoplay = this.options.autoplay, name = null, beside = []} = {}) {
    const token = (this.token = {});
    this.clock.pause();
    if (!source) {
      this.#show([{clip: null, name: ''}]);
      if (this.ownClock) await this.clock.load(null, 0);
      this.idle.restart(performance.now() / 1000);
      this.controls.caption(this.options.caption);
      return this.#changed();
    }
    let faces;
    try {
      faces = await Promise.all([{clip: source, name}, ...beside].map(loadFace));
    } catch (error) {
      if (token === this.token) this.#problem('This clip could not be loaded; press Generate again.');
      throw error;
    }
    if (token !== this.token) return;
    const voiced = this.ownClock ? await this.clock.load(audio, faces[0].clip.duration) : this.clock.voiced;
    if (token !== this.token) return;
    this.#show(faces);
    if (audio && !voiced) this.#problem(SILENT);
    else this.controls.caption('');
    this.blocked = true;
    this.#changed();
    if (autoplay && !this.calmQuery.matches) await this.play();
  }

  /** Change what stands beside the present clip, which goes on as it is. */
  async setBeside(beside, name = this.faces.first.name) {
    const {clip} = this;
    if (!clip) return;
    const faces = await Promise.all([{clip, name}, ...beside].map(loadFace));
    if (clip === this.clip) this.#show(faces);
  }

  #show(faces) {
    this.faces.show(faces);
    this.stage.resize();
  }

  #problem(text) {
    this.controls.caption(text, 'problem');
  }

  async play() {
    if (!this.clip) return;
    this.blocked = !(await this.clock.play());
    this.#changed();
  }

  pause() {
    this.clock.pause();
  }

  toggle() {
    return this.playing ? this.pause() : this.play();
  }

  /** Go to a time in seconds and show it at once, even where the sound still looks for its place. */
  seek(seconds) {
    if (!this.clip) return;
    this.clock.seek(seconds);
    this.stage.render();
  }

  get clip() { return this.faces.first.clip; }
  get time() { return this.clip ? Math.min(this.clock.time, this.clip.duration) : 0; }
  get duration() { return this.clip?.duration ?? 0; }
  get step() { return 1 / (this.clip?.fps ?? 25); }
  get playing() { return Boolean(this.clip) && this.clock.playing; }
  get loop() { return this.clock.loop; }
  set loop(on) { this.clock.loop = on; }
  get speed() { return this.clock.speed; }
  set speed(rate) { this.clock.speed = rate; }
  get muted() { return this.clock.muted; }
  set muted(on) { this.clock.muted = on; }
  get rays() { return this.lines.group.visible; }
  set rays(on) {
    this.lines.group.visible = on;
    this.#changed();
  }
  get target() { return this.pane.target; }
  set target(on) {
    this.pane.target = on;
    this.#changed();
  }
  get trail() { return this.pane.trailing; }
  set trail(on) {
    this.pane.trailing = on;
    this.#changed();
  }
  get view() { return this.stage.view; }
  set view(name) {
    if (!VIEWS.includes(name)) throw new Error(`There is no view ${name}.`);
    this.stage.show(name);
    if (name === 'gaze') this.lines.group.visible = true; // there is little else to see from there
    this.#changed();
  }
  resetView() {
    this.stage.show(this.stage.view);
  }

  #changed() {
    this.controls.state({
      ready: Boolean(this.clip), playing: this.playing, voiced: this.clock.voiced, blocked: this.blocked,
    });
    this.#tell(true);
    this.stage?.invalidate();
  }

  #tell(now = false) {
    const at = performance.now();
    if (!this.clip || (!now && at - this.sent < BEAT)) return;
    this.sent = at;
    const seconds = this.time;
    this.controls.time(seconds, this.duration);
    window.dispatchEvent(new CustomEvent('stygaze:time', {
      detail: {seconds, playing: this.playing, duration: this.duration, player: this.id},
    }));
  }

  // What the stage calls for every picture; true asks for the next one.
  #begin(now) {
    this.now = now / 1000;
    if (!this.head) return false;
    this.seconds = this.time; // one time for all faces of a picture
    if (!this.clip) this.#rest();
    this.head.light.follow(this.stage.camera.position, this.stage.controls.target);
    this.#tell();
    return this.playing;
  }

  // ... and for every face in it.
  #face(index, cell) {
    if (!this.head) return;
    const {clip} = this.faces.list[index];
    if (clip) this.head.pose(clip.at(this.seconds));
    this.met = this.lines.follow(this.head, cell, this.stage.renderer.getPixelRatio());
    this.pane.follow(clip, this.seconds, this.stage.camera, cell, this.stage.renderer.getPixelRatio());
  }

  // Without a clip: pictures only while the resting head moves, and fewer of them.
  #rest() {
    const seconds = this.now;
    const calm = this.calmQuery.matches;
    const sway = !this.stage.slow;
    this.head.pose(this.idle.at(seconds, {calm, sway}));
    clearTimeout(this.nap);
    if (calm) return;
    const pause = this.idle.moving(seconds, sway) ? IDLE_BEAT : Math.max(IDLE_BEAT, (this.idle.blinkAt - seconds) * 1000 - 40);
    this.nap = setTimeout(() => this.stage.invalidate(), pause);
  }

  /** For tests and exports, of the first face: joints as quaternions [x, y, z, w], and in the world where both eyes
   *  look, where their lines meet (with rays) and the point of the pane that is looked at (with target). */
  pose() {
    const gaze = Object.fromEntries(['left_eye', 'right_eye'].map((eye) => {
      const {origin, direction} = sight(this.head, eye, line());
      return [eye, {origin: origin.toArray(), direction: direction.toArray()}];
    }));
    const target = this.pane.group.visible && this.pane.point.visible ? this.pane.point.getWorldPosition(new Vector3()).toArray() : null;
    return {seconds: this.time, joints: this.head.turns(), gaze, meeting: this.met?.toArray() ?? null, target};
  }

  vertices(indices) {
    return this.head.vertices(indices);
  }

  picture(type = 'image/png') {
    this.stage.render();
    return this.stage.canvas.toDataURL(type);
  }

  /** Offer the picture of this moment as a download. */
  save() {
    this.stage.render();
    const {canvas, cells} = this.stage;
    saveStill(canvas, this.faces.place, cells, `stygaze-${this.time.toFixed(2)}s.png`);
  }

  dispose() {
    clearTimeout(this.nap);
    this.clock.removeEventListener('change', this.changed);
    this.clock.removeEventListener('silent', this.muteness);
    if (this.ownClock) this.clock.dispose();
    window.removeEventListener('stygaze:seek', this.driven);
    this.forgetTheme();
    this.head?.dispose();
    this.lines.dispose();
    this.pane.dispose();
    this.stage.dispose();
    this.root.remove();
  }
}
