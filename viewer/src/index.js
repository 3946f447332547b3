// window.StyGaze.mount(element, {headUrl, clip, audio, beside, rays, ...}) -> api. See Player for what an api can do.
import {Player} from './player.js';

const players = new Set();

/** A player in `element`. Where one is there already, or one has lost its place on the page, it is taken up again:
 *  browsers allow only a few WebGL contexts, so a new clip never makes a new one. */
export function mount(element, {headUrl = null, clip = null, audio = null, name = null, beside = [], ...options} = {}) {
  let player = [...players].find((one) => one.root.parentElement === element);
  player ??= [...players].find((one) => !one.root.isConnected);
  if (!player) {
    try {
      player = new Player(options);
    } catch (error) {
      element.textContent = 'This browser does not offer WebGL, which the moving head needs; the film download works without it.';
      throw error;
    }
    players.add(player);
    const dispose = player.dispose.bind(player);
    player.dispose = () => (players.delete(player), dispose());
  }
  if (player.root.parentElement !== element) element.replaceChildren(player.root);
  for (const key of ['rays', 'target', 'trail']) if (options[key] !== undefined) player[key] = options[key];
  player.ready = Promise.all([player.setHead(headUrl), player.setClip(clip, audio, {name, beside})]).then(() => player);
  player.ready.catch((error) => console.warn(error));
  return player;
}

window.StyGaze = {mount, players: () => [...players]};
