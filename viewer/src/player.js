// One player: a stage with the head, a clock, the controls, and the events by which plots follow and drive it.
import {Clip, loadClip} from './clip.js';
import {Clock} from './clock.js';
import {Controls, MARKUP} from './controls.js';
import {Idle} from './idle.js';
import {loadHead} from './head.js';
import {Rays} from './rays.js';
import {Stage, VIEWS} from './stage.js';
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
  constructor({caption = 'Press Generate', rays = false, view = 'front', autoplay = true, theme = 'auto', clock = null} = {}) {
    wear();
    this.id = `player-${++count}`;
    this.options = {caption, autoplay, theme};
    this.root = document.createElement('section');
    this.root.className = 'stygaze';
    this.root.tabIndex = 0;
    this.root.setAttribute('aria-label', 'Talking head player');
    this.root.innerHTML = MARKUP;
    this.calmQuery = matchMedia('(prefers-reduced-motion: reduce)');
    this.clip = null;
    this.head = null;
    this.idle = new Idle();
    this.sent = 0;
    this.ownClock = !clock;
    this.clock = clock ?? new Clock();
    this.controls = new Controls(this.root, this);
    this.stage = new Stage(this.controls.part.canvas, {
      draw: (now) => this.#draw(now), away: () => (this.#tell(), this.playing), calm: () => this.calmQuery.matches,
    });
    this.lines = new Rays();
    this.stage.scene.add(this.lines.group);
    this.lines.group.visible = rays;
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
    this.#followTheme();
    this.controls.caption(caption);
    this.#changed();
  }

  #followTheme() {
    const system = matchMedia('(prefers-color-scheme: dark)');
    const update = () => {
      // Gradio says dark on the body, whatever the system prefers; a page without Gradio follows the system
      const gradio = document.querySelector('gradio-app, .gradio-container');
      const dark = gradio ? document.body.classList.contains('dark') : system.matches || document.body.classList.contains('dark');
      this.root.dataset.theme = this.options.theme === 'auto' ? (dark ? 'dark' : 'light') : this.options.theme;
    };
    this.themes = new MutationObserver(update);
    this.themes.observe(document.body, {attributes: true, attributeFilter: ['class']});
    system.addEventListener('change', update);
    this.forgetTheme = () => (this.themes.disconnect(), system.removeEventListener('change', update));
    update();
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

  /** Show a clip (URL or parsed JSON) with its sound; null goes back to rest. Plays where autoplay is on and allowed. */
  async setClip(source, audio = null, {autoplay = this.options.autoplay} = {}) {
    const token = (this.token = {});
    this.clock.pause();
    if (!source) {
      this.clip = null;
      if (this.ownClock) await this.clock.load(null, 0);
      this.idle.restart(performance.now() / 1000);
      this.controls.name('');
      this.controls.caption(this.options.caption);
      return this.#changed();
    }
    let clip;
    try {
      clip = source instanceof Clip ? source : await loadClip(source);
    } catch (error) {
      if (token === this.token) this.#problem('This clip could not be loaded; press Generate again.');
      throw error;
    }
    if (token !== this.token) return;
    const voiced = this.ownClock ? await this.clock.load(audio, clip.duration) : this.clock.voiced;
    if (token !== this.token) return;
    this.clip = clip;
    this.controls.name(clip.name);
    if (audio && !voiced) this.#problem(SILENT);
    else this.controls.caption('');
    this.blocked = true;
    this.#changed();
    if (autoplay && !this.calmQuery.matches) await this.play();
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

  get time() { return this.clip ? Math.min(this.clock.time, this.clip.duration) : 0; }
  get duration() { return this.clip?.duration ?? 0; }
  get step() { return 1 / (this.clip?.fps ?? 25); }
  get playing() { return Boolean(this.clip) && this.clock.playing; }
  get loop() { return this.clock.loop; }
  set loop(on) { this.clock.loop = on; }
  get muted() { return this.clock.muted; }
  set muted(on) { this.clock.muted = on; }
  get rays() { return this.lines.group.visible; }
  set rays(on) {
    this.lines.group.visible = on;
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
  #draw(now) {
    if (!this.head) return false;
    if (this.clip) this.head.pose(this.clip.at(this.time));
    else this.#rest(now / 1000);
    this.head.light.follow(this.stage.camera.position, this.stage.controls.target);
    this.met = this.lines.follow(this.head, this.stage.renderer);
    this.#tell();
    return this.playing;
  }

  // Without a clip: pictures only while the resting head moves, and fewer of them.
  #rest(seconds) {
    const calm = this.calmQuery.matches;
    const sway = !this.stage.slow;
    this.head.pose(this.idle.at(seconds, {calm, sway}));
    clearTimeout(this.nap);
    if (calm) return;
    const pause = this.idle.moving(seconds, sway) ? IDLE_BEAT : Math.max(IDLE_BEAT, (this.idle.blinkAt - seconds) * 1000 - 40);
    this.nap = setTimeout(() => this.stage.invalidate(), pause);
  }

  /** For tests and exports: the joints as quaternions [x, y, z, w], where both eyes look in the world, the picture. */
  pose() {
    const gaze = Object.fromEntries(['left_eye', 'right_eye'].map((eye) => {
      const {origin, direction} = this.head.sight(eye);
      return [eye, {origin: origin.toArray(), direction: direction.toArray()}];
    }));
    return {seconds: this.time, joints: this.head.turns(), gaze, meeting: this.met?.toArray() ?? null};
  }

  vertices(indices) {
    return this.head.vertices(indices);
  }

  picture(type = 'image/png') {
    this.stage.render();
    return this.stage.canvas.toDataURL(type);
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
    this.stage.dispose();
    this.root.remove();
  }
}
