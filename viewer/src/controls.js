// The buttons and the seek bar beneath the picture: plain HTML controls, so that keyboards and screen readers work.

const icon = (path, extra = '') => `<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="${path}"/>${extra}</svg>`;
const ICONS = {
  play: icon('M8 5.2v13.6a.7.7 0 0 0 1.07.6l10.6-6.8a.7.7 0 0 0 0-1.2L9.07 4.6A.7.7 0 0 0 8 5.2z'),
  pause: icon('M7 4.8h3.4v14.4H7zM13.6 4.8H17v14.4h-3.4z'),
  loop: icon('M17.2 3.2 21 7l-3.8 3.8V8.1H7.6a2.3 2.3 0 0 0-2.3 2.3v1.4H3.2v-1.4A4.4 4.4 0 0 1 7.6 6h9.6zM6.8 20.8 3 17l3.8-3.8v2.7h9.6a2.3 2.3 0 0 0 2.3-2.3v-1.4h2.1v1.4a4.4 4.4 0 0 1-4.4 4.4H6.8z'),
  sound: icon('M4 9.2h3.6L12.4 5v14l-4.8-4.2H4zM15 8.2a5 5 0 0 1 0 7.6l-1.2-1.5a3 3 0 0 0 0-4.6zM17.6 5.2a9 9 0 0 1 0 13.6l-1.3-1.5a7 7 0 0 0 0-10.6z'),
  silent: icon('M4 9.2h3.6L12.4 5v14l-4.8-4.2H4zM15.2 9.6l1.3-1.3 2 2 2-2 1.3 1.3-2 2 2 2-1.3 1.3-2-2-2 2-1.3-1.3 2-2z'),
  rays: icon('M12 6c4.6 0 8 3.4 9.4 6-1.4 2.6-4.8 6-9.4 6s-8-3.4-9.4-6C4 9.400 7.4 6 12 6zm0 2C8.700 8 6.200 10.200 4.900 12c1.300 1.800 3.800 4 7.100 4s5.800-2.200 7.100-4C17.800 10.200 15.300 8 12 8zm0 1.400a2.600 2.600 0 1 1 0 5.200 2.600 2.600 0 0 1 0-5.200z'),
  front: icon('M12 3.500c4 0 6.500 3 6.500 7.200 0 4.900-3 9.800-6.500 9.800s-6.500-4.900-6.500-9.800C5.500 6.500 8 3.500 12 3.500zm0 2c-2.900 0-4.500 2.100-4.500 5.200 0 4.200 2.500 7.800 4.500 7.800s4.500-3.600 4.500-7.800c0-3.100-1.600-5.200-4.500-5.200zM9.700 10.300h1.300v1.400H9.700zm3.300 0h1.300v1.400H13z'),
  'three-quarter': icon('M11 3.500c4.300 0 7 2.900 7 7.200 0 4.900-2.600 9.800-5.800 9.800-1.500 0-2.600-.7-3.500-1.900l-1.900.2.200-2.900-2.200-.7 1.500-3.100C5.900 6.800 7.300 3.500 11 3.500zm0 2c-2.300 0-3.100 2.200-2.900 6.800l-.6 1.300 1 .4-.1 1.800 1.300-.1.500.9c.6 1.300 1.200 1.900 2 1.900 1.900 0 3.800-3.600 3.800-7.800 0-3.100-1.900-5.200-5-5.200zM9.700 10.300H11v1.400H9.700zm3.600 0h1.300v1.400h-1.300z'),
  gaze: icon('M3.200 8.600 5 7.700l8.600 3.300a3.600 3.600 0 1 1 0 2L5 16.300l-1.800-.9L12 12zm13.900 1.800a1.600 1.600 0 1 0 0 3.200 1.600 1.600 0 0 0 0-3.200z'),
  target: icon('M11 2.500h2v3.100a6.500 6.500 0 0 1 5.400 5.400h3.100v2h-3.100a6.500 6.500 0 0 1-5.400 5.400v3.100h-2v-3.100A6.500 6.500 0 0 1 5.600 13H2.500v-2h3.100A6.500 6.500 0 0 1 11 5.600zm1 5a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9zm0 2.500a2 2 0 1 1 0 4 2 2 0 0 1 0-4z'),
  trail: icon('M18.500 3.500a2.600 2.600 0 1 1-1.700 4.500l-5.300 2.600a2.300 2.300 0 0 1 .1 1.600l3.200 2.200a2 2 0 1 1-1 1.600l-3.200-2.200a2.300 2.300 0 0 1-3.400-.5l-2.100 1a1.400 1.400 0 1 1-.6-1.700l2.100-1a2.300 2.300 0 0 1 4.200-2.400l5.200-2.600a2.600 2.600 0 0 1 2.500-3.100z'),
  still: icon('M9 4.500h6l1.400 2.300H20a1.500 1.500 0 0 1 1.500 1.500v9.900a1.500 1.500 0 0 1-1.500 1.500H4a1.500 1.500 0 0 1-1.500-1.500V8.300A1.500 1.500 0 0 1 4 6.800h3.600zM12 8.800a4.200 4.200 0 1 0 0 8.400 4.200 4.200 0 0 0 0-8.400zm0 1.900a2.300 2.300 0 1 1 0 4.600 2.300 2.300 0 0 1 0-4.600z'),
  help: icon('M4 6h16a1.500 1.500 0 0 1 1.500 1.500v9A1.500 1.500 0 0 1 20 18H4a1.500 1.500 0 0 1-1.500-1.500v-9A1.500 1.500 0 0 1 4 6zm.5 2v8h15V8zM6 9.300h2v1.800H6zm3.300 0h2v1.800h-2zm3.400 0h2v1.800h-2zm3.300 0h2v1.800h-2zM7.500 12.900h9v1.800h-9z'),
};

const GAZE = ['rays', 'target', 'trail'];
const button = (name, label, extra = '') =>
  `<button type="button" class="sg-button sg-${name}" data-action="${name}" title="${label}" aria-label="${label}" ${extra}>${ICONS[name]}</button>`;

const SPEEDS = [0.25, 0.5, 1, 1.5, 2];
const KEYS = [
  ['space', 'play, pause'], ['← →', 'one second'], ['shift ← →', 'one frame'], ['Home End', 'begin, end'], ['L', 'repeat'], ['M', 'mute'],
  ['G', 'lines of sight'], ['P', 'point looked at'], ['T', 'its trail'], ['1 2 3', 'front, turned, side'], ['R', 'reset the view'], ['S', 'save a picture'],
];

export const MARKUP = `
<div class="sg-show">
<div class="sg-stage">
  <div class="sg-faces"></div>
  <div class="sg-canvas" role="img" aria-label="3D head that moves with the speech. Drag to turn it."></div>
  <button type="button" class="sg-begin" data-action="play" aria-label="Play" hidden>${ICONS.play}</button>
  <p class="sg-caption" aria-live="polite"></p>
  <div class="sg-keys" hidden><dl>${KEYS.map(([key, what]) => `<dt>${key.split(' ').map((one) => `<kbd>${one}</kbd>`).join(' ')}</dt><dd>${what}</dd>`).join('')}</dl>
  <p>Drag to turn the head, scroll or pinch to come nearer.</p></div>
</div>
<div class="sg-views">
  <div role="group" aria-label="Camera">
    ${button('front', 'Front view (1)', 'aria-pressed="true"')}
    ${button('three-quarter', 'Three-quarter view (2)', 'aria-pressed="false"')}
    ${button('gaze', 'Side view, with the point looked at (3)', 'aria-pressed="false"')}
  </div>
  <div role="group" aria-label="Gaze">
    ${button('rays', 'Show lines of sight (G)', 'aria-pressed="false"')}
    ${button('target', 'Show the point looked at (P)', 'aria-pressed="false"')}
    ${button('trail', 'Show the last second of gaze (T)', 'aria-pressed="false"')}
  </div>
  ${button('still', 'Save a picture (S)')}
</div>
</div>
<div class="sg-bar" role="group" aria-label="Playback">
  ${button('play', 'Play (space)', 'disabled')}
  <input class="sg-seek" type="range" min="0" max="1" step="0.01" value="0" aria-label="Position in the clip" disabled>
  <span class="sg-time" aria-hidden="true">0:00.0<i> / 0:00.0</i></span>
  <select class="sg-speed" aria-label="Speed" title="Speed">${SPEEDS.map((x) => `<option value="${x}"${x === 1 ? ' selected' : ''}>${x}×</option>`).join('')}</select>
  ${button('loop', 'Repeat (L)', 'aria-pressed="false"')}
  ${button('sound', 'Mute (M)', 'aria-pressed="false"')}
  ${button('help', 'Keys (?)', 'aria-expanded="false"')}
</div>`;

export function clockText(seconds) {
  const tenths = Math.round(Math.max(0, seconds) * 10);
  return `${Math.floor(tenths / 600)}:${String(Math.floor(tenths / 10) % 60).padStart(2, '0')}.${tenths % 10}`;
}

/** The controls of one player: `api` does, this shows. */
export class Controls {
  constructor(root, api) {
    this.root = root;
    this.api = api;
    const find = (name) => root.querySelector(name);
    this.part = {
      play: find('.sg-bar .sg-play'), begin: find('.sg-begin'), seek: find('.sg-seek'), time: find('.sg-time'), loop: find('.sg-loop'),
      sound: find('.sg-sound'), speed: find('.sg-speed'), caption: find('.sg-caption'), canvas: find('.sg-canvas'), help: find('.sg-help'),
      keys: find('.sg-keys'),
    };
    root.addEventListener('click', (event) => {
      const action = event.target.closest?.('[data-action]')?.dataset.action;
      if (action) this.#act(action);
    });
    root.addEventListener('keydown', (event) => this.#key(event));
    this.part.seek.addEventListener('input', () => api.seek(+this.part.seek.value));
    this.part.speed.addEventListener('change', () => (api.speed = +this.part.speed.value));
    this.#press();
  }

  #act(action) {
    const {api} = this;
    if (action === 'play') api.toggle();
    else if (action === 'loop') api.loop = !api.loop;
    else if (action === 'sound') api.muted = !api.muted;
    else if (GAZE.includes(action)) api[action] = !api[action];
    else if (action === 'reset') api.resetView();
    else if (action === 'still') api.save();
    else if (action === 'help') this.#help(this.part.keys.hidden);
    else api.view = action;
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const {api} = this;
    const onBar = event.target === this.part.seek; // the range moves itself with arrows, Home and End
    if (event.target === this.part.speed) return; // a list takes letters and arrows for itself
    const far = event.shiftKey ? api.step : 1;
    const keys = {
      l: () => this.#act('loop'), m: () => this.#act('sound'), g: () => this.#act('rays'), r: () => this.#act('reset'),
      p: () => this.#act('target'), t: () => this.#act('trail'), s: () => this.#act('still'), '?': () => this.#act('help'),
      1: () => this.#act('front'), 2: () => this.#act('three-quarter'), 3: () => this.#act('gaze'),
      k: () => api.toggle(), ',': () => api.seek(api.time - api.step), '.': () => api.seek(api.time + api.step),
    };
    if (!onBar) Object.assign(keys, {
      ArrowLeft: () => api.seek(api.time - far), ArrowRight: () => api.seek(api.time + far), Home: () => api.seek(0), End: () => api.seek(api.duration),
    });
    if (event.target.tagName !== 'BUTTON') keys[' '] = () => api.toggle();
    if (!this.part.keys.hidden) keys.Escape = () => this.#help(false);
    const run = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!run) return;
    event.preventDefault();
    run();
  }

  #help(on) {
    this.part.keys.hidden = !on;
    this.part.help.setAttribute('aria-expanded', on);
  }

  // A press on the picture that is no drag plays or pauses.
  #press() {
    let from = null;
    const {canvas} = this.part;
    canvas.addEventListener('pointerdown', (event) => (from = event.isPrimary && event.button === 0 ? event : null), {capture: true});
    canvas.addEventListener('pointerup', (event) => {
      if (!from || event.pointerId !== from.pointerId) return;
      const moved = Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY);
      if (moved < 6 && event.timeStamp - from.timeStamp < 400) this.api.toggle();
      from = null;
    }, {capture: true});
  }

  /** Show what is: playing, the toggles, whether there is anything to play. */
  state({ready, playing, voiced, blocked}) {
    const {play, begin, seek, loop, sound, speed} = this.part;
    const label = playing ? 'Pause' : 'Play';
    const icon = ICONS[playing ? 'pause' : 'play'];
    if (play.dataset.shown !== label) {
      play.innerHTML = icon;
      play.dataset.shown = label;
      play.title = `${label} (space)`;
      play.setAttribute('aria-label', label);
    }
    play.disabled = seek.disabled = !ready;
    begin.hidden = !(ready && blocked && !playing);
    const {api} = this;
    loop.setAttribute('aria-pressed', api.loop);
    speed.value = api.speed;
    sound.setAttribute('aria-pressed', api.muted);
    if (sound.dataset.shown !== String(api.muted)) {
      sound.innerHTML = ICONS[api.muted ? 'silent' : 'sound'];
      sound.dataset.shown = api.muted;
    }
    sound.disabled = ready && !voiced;
    for (const name of GAZE) this.root.querySelector(`.sg-${name}`).setAttribute('aria-pressed', api[name]);
    for (const name of ['front', 'three-quarter', 'gaze'])
      this.root.querySelector(`.sg-${name}`).setAttribute('aria-pressed', api.view === name);
  }

  time(seconds, duration) {
    const {seek, time} = this.part;
    seek.max = duration || 1;
    if (document.activeElement !== seek || Math.abs(+seek.value - seconds) > 0.006) seek.value = seconds;
    seek.style.setProperty('--sg-done', `${duration ? (100 * seconds) / duration : 0}%`);
    seek.setAttribute('aria-valuetext', `${seconds.toFixed(1)} of ${duration.toFixed(1)} seconds`);
    time.firstChild.data = clockText(seconds);
    time.lastChild.textContent = ` / ${clockText(duration)}`;
  }

  caption(text, kind = '') {
    this.part.caption.textContent = text;
    this.part.caption.dataset.kind = kind;
  }
}
