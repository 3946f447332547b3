// The page's own script: draws plotly figures in the page's colours, moves a cursor with the player, and offers styles.
// Python sends figures as JSON text; colours in them are `var(--sty-...)` and are resolved here, so that light and dark
// need no second figure. The player and the curves talk through two window events:
//   stygaze:time {seconds, playing}  the player says where it is       stygaze:seek {seconds}  someone asks it to go there
window.StyPage = (() => {
  const CONFIG = { displayModeBar: false, responsive: false, scrollZoom: false, doubleClick: 'reset' };
  const WINDOW_S = 20; // seconds of a long motion in view at once

  const painted = (part, style) => {
    if (typeof part === 'string') return part.startsWith('var(--') ? style.getPropertyValue(part.slice(4, -1)).trim() : part;
    if (Array.isArray(part)) return part.map((p) => painted(p, style));
    if (part && typeof part === 'object') return Object.fromEntries(Object.entries(part).map(([k, v]) => [k, painted(v, style)]));
    return part;
  };
  // Hand a file that the server has just made to the browser, as a click on a link would.
  const download = (file) => {
    const link = Object.assign(document.createElement('a'), { href: file.url, download: file.orig_name || '' });
    link.click();
  };
  const until = async (ready) => { while (!ready()) await new Promise((r) => setTimeout(r, 40)); };
  const onThemeChange = (fn) => new MutationObserver(fn).observe(document.body, { attributes: true, attributeFilter: ['class'] });

  // One plotly figure inside a gr.HTML; `props.value` is its JSON or "". `after(plot)` runs when it has been drawn.
  function chart(element, props, watch, after = () => {}) {
    const box = element.querySelector('.sty-chart');
    const empty = element.querySelector('.sty-empty');
    let drawn = false;
    const draw = async () => {
      empty.hidden = Boolean(props.value);
      box.hidden = !props.value;
      if (!props.value) return;
      if (!box.offsetWidth) { drawn = false; return; } // in a hidden tab: the ResizeObserver draws it later
      await until(() => window.Plotly);
      const { data, layout } = painted(JSON.parse(props.value), getComputedStyle(document.body));
      layout.width = box.offsetWidth;
      if (box.offsetWidth < 520 && layout.meta?.narrow) Object.assign(layout, layout.meta.narrow);
      await window.Plotly.react(box, data, layout, CONFIG);
      drawn = true;
      box.dataset.drawn = String(Number(box.dataset.drawn || 0) + 1);
      after(box);
    };
    watch('value', draw);
    onThemeChange(draw);
    let width = 0;
    new ResizeObserver(() => {
      if (!box.offsetWidth || (drawn && box.offsetWidth === width)) return;
      width = box.offsetWidth;
      draw();
    }).observe(element);
    draw();
    return box;
  }

  // The motion's curves: a cursor that follows the player, a click or drag that seeks, a window that scrolls.
  // `told(plot, seconds)` runs whenever the cursor has been placed. Gives `go(seconds)`, which asks the player to go there.
  function curves(element, props, watch, told = () => {}) {
    const cursor = element.querySelector('.cursor');
    let plot = null, now = 0;
    const place = () => {
      const axis = plot?._fullLayout?.xaxis;
      if (!axis) return;
      const [from, to] = axis.range;
      const end = plot.layout.meta.seconds;
      if (end > WINDOW_S && (now < from || now > to)) {
        const start = Math.max(0, Math.min(now, end - WINDOW_S));
        window.Plotly.relayout(plot, { 'xaxis.range': [start, start + WINDOW_S] }).then(place);
        return;
      }
      const size = plot._fullLayout._size;
      cursor.style.display = now >= from && now <= to ? 'block' : 'none';
      cursor.style.height = `${size.h}px`;
      cursor.style.transform = `translate(${axis._offset + axis.l2p(now)}px, ${size.t}px)`;
      told(plot, now);
    };
    const go = (seconds) => {
      now = Math.max(0, Math.min(seconds, plot.layout.meta.seconds));
      window.dispatchEvent(new CustomEvent('stygaze:seek', { detail: { seconds: now } }));
      place();
    };
    const seek = (event) => {
      const axis = plot?._fullLayout?.xaxis;
      if (!axis) return;
      const x = event.clientX - plot.getBoundingClientRect().left - axis._offset;
      if (x < -6 || x > axis._length + 6) return;
      go(axis.p2l(x));
    };
    const box = chart(element, props, watch, (drawn) => { plot = drawn; now = Math.min(now, drawn.layout.meta.seconds); place(); });
    let held = false;
    box.addEventListener('pointerdown', (e) => { held = true; seek(e); });
    window.addEventListener('pointermove', (e) => { if (held) seek(e); });
    window.addEventListener('pointerup', () => { held = false; });
    window.addEventListener('stygaze:time', (e) => { now = e.detail.seconds; place(); });
    return go;
  }

  // The events: curves that a keyboard can walk, from event to event, and that say where they are.
  function timeline(element, props, watch) {
    const box = element.querySelector('.sty-chart');
    const label = box.getAttribute('aria-label');
    let events = [], now = 0, at = null;
    const go = curves(element, props, watch, (plot, seconds) => {
      const { meta } = plot.layout;
      if (events !== meta.events) {
        events = meta.events;
        at = null;
        const said = { role: 'slider', tabindex: 0, 'aria-label': `${label}: ${meta.summary}`, 'aria-valuemin': 0, 'aria-valuemax': meta.seconds };
        for (const [name, value] of Object.entries(said)) box.setAttribute(name, value);
      }
      now = seconds;
      const last = events.findLast((event) => event.from <= now + 1e-3 && now < Math.max(event.to, event.from + 0.04));
      if (last === at && at !== null) return;
      at = last ?? 'none';
      box.setAttribute('aria-valuenow', now.toFixed(2));
      box.setAttribute('aria-valuetext', `${now.toFixed(2)} seconds${last ? `: ${last.text}` : ''}`);
    });
    box.addEventListener('keydown', (event) => {
      const starts = events.map((one) => one.from);
      const to = {
        ArrowRight: () => starts.find((s) => s > now + 1e-3) ?? Infinity,
        ArrowLeft: () => starts.findLast((s) => s < now - 1e-3) ?? 0,
        Home: () => 0,
        End: () => Infinity,
      }[event.key];
      if (!to || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation();
      go(to());
    });
  }

  // The map: a click on a point tells Python its number in the map.
  function map(element, props, watch, trigger) {
    let bound = false;
    chart(element, props, watch, (plot) => {
      if (bound) return;
      bound = true;
      plot.on('plotly_click', ({ points }) => {
        const chosen = points.find((p) => p.customdata !== undefined && p.customdata !== null);
        if (chosen) trigger('select', { index: Number([chosen.customdata].flat()[0]) });
      });
    });
  }

  // The gallery: one radio card a style. Texts are set as text, never as markup.
  function gallery(element, props, watch, trigger) {
    const root = element.querySelector('.sty-gallery');
    const group = `style-${Math.random().toString(36).slice(2)}`;
    const make = (tag, fill, parent) => { const e = document.createElement(tag); if (fill) e.textContent = fill; parent.append(e); return e; };
    for (const style of JSON.parse(props.styles)) {
      const card = make('label', '', root);
      card.className = 'sty-card';
      card.title = style.description;
      const input = make('input', '', card);
      Object.assign(input, { type: 'radio', name: group, value: style.key });
      input.addEventListener('change', () => { props.value = style.key; trigger('input'); });
      card.insertAdjacentHTML('beforeend', '<svg viewBox="-1 -1 2 2" aria-hidden="true"><path fill="none" stroke-width=".035" stroke-linejoin="round"/></svg>');
      const path = card.querySelector('path');
      path.setAttribute('d', style.path);
      path.setAttribute('stroke', style.colour);
      make('b', style.name, card);
      make('p', style.description, card);
      const bars = make('div', '', card);
      bars.className = 'sty-bars';
      for (const trait of style.traits) {
        const bar = make('span', '', bars);
        bar.title = trait.text;
        bar.style.setProperty('--v', `${trait.share * 100}%`);
        bar.style.setProperty('--c', trait.colour);
      }
    }
    const show = () => {
      for (const input of root.querySelectorAll('input')) {
        input.checked = input.value === props.value;
        if (input.checked && root.scrollWidth > root.clientWidth) {
          const card = input.parentElement;
          root.scrollTo({ left: card.offsetLeft - (root.clientWidth - card.offsetWidth) / 2, behavior: 'smooth' });
        }
      }
    };
    watch('value', show);
    show();
  }

  function busy(on) {
    const button = document.getElementById('sty-go');
    if (!button) return;
    button.classList.toggle('busy', on);
    for (const one of [button, document.getElementById('sty-another')]) if (one) one.disabled = on;
    document.body.classList.toggle('sty-working', on);
    if (on) document.querySelectorAll('.toast-close').forEach((close) => close.click()); // an older complaint is no longer true
    if (on && window.innerWidth <= 900) document.getElementById('sty-player')?.scrollIntoView({ behavior: 'smooth', block: 'start' });
  }

  document.addEventListener('click', (event) => {
    if (!event.target.closest('.sty-mode')) return;
    const dark = document.body.classList.toggle('dark');
    try { localStorage.setItem('stygaze-dark', dark ? '1' : '0'); } catch { /* private browsing: the choice lasts this visit */ }
  });
  const remembered = () => { try { return localStorage.getItem('stygaze-dark'); } catch { return null; } };
  window.addEventListener('load', () => { const r = remembered(); if (r !== null) document.body.classList.toggle('dark', r === '1'); });

  return { chart, curves, timeline, map, gallery, busy, download };
})();
