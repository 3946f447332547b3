// "Look there": a list of moments at which gaze goes somewhere. Each has a field to point at and four numbers.
// Degrees are as one sees the head from the front: right and up are positive, and right is the subject's left.
window.StyLooks = (() => {
  const SVG = 'http://www.w3.org/2000/svg';
  const WAYS = [['← Left', -20, 0], ['Right →', 20, 0], ['↑ Up', 0, 15], ['↓ Down', 0, -15]];
  const LASTS = 1.5; // seconds, to begin with
  const GAP = 0.5; // seconds between one look and the next that is added
  const NUMBERS = [['at', 'begins (s)', 0.1, 0, 600], ['seconds', 'lasts (s)', 0.1, 0.1, 60], ['yaw', 'left/right (°)', 1], ['pitch', 'down/up (°)', 1]];

  let now = 0; // where the player is; 0 too at the end of a clip, where no look would be seen
  window.addEventListener('stygaze:time', ({ detail }) => { now = detail.seconds < detail.duration - LASTS / 2 ? detail.seconds : 0; });

  const make = (tag, parent, more = {}, text = '') => {
    const element = document.createElement(tag);
    Object.assign(element, more);
    if (text) element.textContent = text;
    parent.append(element);
    return element;
  };
  const draw = (tag, parent, more) => {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(more)) element.setAttribute(name, value);
    parent.append(element);
    return element;
  };
  const within = (value, most) => Math.max(-most, Math.min(most, Math.round(value)));

  function edit(element, props, watch, trigger) {
    const root = element.querySelector('.sty-looks');
    const [wide, high] = JSON.parse(props.field);
    const title = make('div', root, { className: 'title' }, 'Look there');
    make('span', title, {}, 'Gaze goes there for a moment, the head follows. Left and right as you see them.');
    const add = make('div', root, { className: 'add' });
    const rows = make('div', root, { className: 'sty-looks' });
    let looks = [];

    const buttons = WAYS.map(([text, yaw, pitch]) => {
      const button = make('button', add, { type: 'button' }, text);
      button.setAttribute('aria-label', `Add a look ${text.replace(/[^a-z]/gi, '').toLowerCase()}`);
      button.addEventListener('click', () => {
        const free = looks.reduce((time, look) => (time < look.at + look.seconds + GAP && look.at < time + LASTS ? look.at + look.seconds + GAP : time),
          Math.round(now * 10) / 10 || 1);
        looks.push({ at: Math.round(free * 10) / 10, seconds: LASTS, yaw, pitch });
        looks.sort((a, b) => a.at - b.at);
        say();
        show();
      });
      return button;
    });

    const say = () => {
      props.value = JSON.stringify(looks);
      trigger('input');
    };

    function pad(look, row, moved) {
      const svg = draw('svg', row, { viewBox: `${-wide} ${-high} ${2 * wide} ${2 * high}`, 'aria-hidden': 'true' });
      const line = { stroke: 'var(--sty-line)', 'stroke-width': 0.8 };
      draw('line', svg, { x1: -wide, x2: wide, y1: 0, y2: 0, ...line });
      draw('line', svg, { y1: -high, y2: high, x1: 0, x2: 0, ...line });
      draw('circle', svg, { r: 3, fill: 'none', stroke: 'var(--sty-soft)', 'stroke-width': 1 });
      const way = draw('line', svg, { x1: 0, y1: 0, stroke: 'var(--sty-accent)', 'stroke-width': 1.2 });
      const dot = draw('circle', svg, { r: 3.6, fill: 'var(--sty-accent)' });
      const point = (event) => {
        const box = svg.getBoundingClientRect();
        look.yaw = within(((event.clientX - box.left) / box.width - 0.5) * 2 * wide, wide);
        look.pitch = within((0.5 - (event.clientY - box.top) / box.height) * 2 * high, high);
        moved();
      };
      svg.addEventListener('pointerdown', (event) => { svg.setPointerCapture(event.pointerId); point(event); });
      svg.addEventListener('pointermove', (event) => { if (svg.hasPointerCapture(event.pointerId)) point(event); });
      svg.addEventListener('pointerup', say);
      return () => {
        const [x, y] = [look.yaw, -look.pitch].map((v) => (Number.isFinite(v) ? v : 0));
        for (const [name, value] of [['cx', x], ['cy', y]]) dot.setAttribute(name, value);
        for (const [name, value] of [['x2', x], ['y2', y]]) way.setAttribute(name, value);
      };
    }

    function show() {
      rows.replaceChildren();
      rows.hidden = !looks.length;
      for (const button of buttons) button.disabled = looks.length >= Number(props.most);
      looks.forEach((look, k) => {
        const row = make('div', rows, { className: 'look' });
        row.setAttribute('role', 'group');
        row.setAttribute('aria-label', `Look ${k + 1}`);
        const inputs = {};
        const place = pad(look, row, () => {
          place();
          inputs.yaw.value = look.yaw;
          inputs.pitch.value = look.pitch;
        });
        const fields = make('div', row, { className: 'fields' });
        const limits = { yaw: [-wide, wide], pitch: [-high, high] };
        for (const [name, text, step, ...range] of NUMBERS) {
          const [min, max] = limits[name] ?? range;
          const input = (inputs[name] = make('input', make('label', fields, {}, text), { type: 'number', min, max, step, value: look[name] }));
          input.addEventListener('input', () => {
            look[name] = input.value === '' ? null : Number(input.value);
            place();
            say();
          });
        }
        const remove = make('button', row, { type: 'button', className: 'remove', title: 'Remove' }, '×');
        remove.setAttribute('aria-label', `Remove look ${k + 1}`);
        remove.addEventListener('click', () => {
          looks.splice(k, 1);
          say();
          show();
        });
        place();
      });
    }

    const take = () => {
      if (props.value === JSON.stringify(looks)) return;
      looks = JSON.parse(props.value || '[]');
      show();
    };
    watch('value', take);
    looks = JSON.parse(props.value || '[]');
    show();
  }

  return { edit };
})();
