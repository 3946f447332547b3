// Camera, canvas and drawing on demand: nothing is drawn while nothing changes, off screen, or in a hidden tab.
// One camera looks at every face: they share a canvas, and each is drawn into a cell of it.
import {PerspectiveCamera, Scene, Vector3, WebGLRenderer} from 'three';
import {OrbitControls} from 'three/examples/jsm/controls/OrbitControls.js';

const TURN = 38; // degrees of the three-quarter view
const TILT = {minPolarAngle: 0.6, maxPolarAngle: 2.3}; // how far the camera goes above and below
export const VIEWS = ['front', 'three-quarter', 'gaze'];

/** Camera places by name, about the film's camera {position, target}. */
function views({position, target}) {
  const front = {position: new Vector3(...position), target: new Vector3(...target)};
  const away = front.position.clone().sub(front.target);
  const turned = away.clone().applyAxisAngle(new Vector3(0, 1, 0), (TURN * Math.PI) / 180);
  turned.y += 0.06;
  return {
    front,
    'three-quarter': {position: turned.add(front.target), target: front.target},
    // wide enough for the point that both eyes look at, most often 0.5 to 1.5 m before the face
    gaze: {position: new Vector3(-2.5, 0.75, 2.25), target: new Vector3(0, -0.04, 0.4)},
  };
}

/** Whether pictures are drawn by the processor: antialiasing then costs more than it is worth while things move. */
let drawnBySoftware;
function software() {
  if (drawnBySoftware === undefined) {
    const gl = document.createElement('canvas').getContext('webgl2');
    const told = gl?.getExtension('WEBGL_debug_renderer_info');
    const name = told ? gl.getParameter(told.UNMASKED_RENDERER_WEBGL) : '';
    drawnBySoftware = /swiftshader|llvmpipe|software|basic render/i.test(name);
    gl?.getExtension('WEBGL_lose_context')?.loseContext();
  }
  return drawnBySoftware;
}

export class Stage {
  /** `begin(milliseconds) -> bool` opens a picture and says whether it wants another; `away() -> bool` takes its place
   *  while the canvas is out of sight (sound and plots go on); `face(index, cell)` poses the scene for one cell;
   *  `layout() -> [{x, y, width, height}]` are the cells, from the canvas's upper left corner; `calm() -> bool` where
   *  motion is to be reduced. */
  constructor(host, {begin, away, face, layout, calm}) {
    Object.assign(this, {host, begin, away, face, layout, calm, cells: []});
    this.scene = new Scene();
    this.camera = new PerspectiveCamera(20, 1, 0.05, 12);
    this.slow = software();
    this.renderer = new WebGLRenderer({antialias: !this.slow, alpha: true});
    this.renderer.setClearColor(0x000000, 0);
    this.canvas = this.renderer.domElement;
    host.append(this.canvas);
    this.#orbit();
    this.visible = false;
    this.frames = 0;
    this.sizes = new ResizeObserver(() => this.resize());
    this.sizes.observe(host);
    this.sight = new IntersectionObserver((seen) => {
      this.visible = seen.at(-1).isIntersecting;
      this.invalidate();
    });
    this.sight.observe(host);
    this.shown = () => this.invalidate();
    document.addEventListener('visibilitychange', this.shown);
    this.canvas.addEventListener('webglcontextlost', (event) => event.preventDefault());
    this.canvas.addEventListener('webglcontextrestored', this.shown);
    this.look({fov: 20, position: [0, 0, 1], target: [0, 0, 0]}); // until a head brings the film's camera
  }

  /** Take the film's camera {fov, position, target}: degrees of the picture's shorter side, and metres. */
  look({fov, position, target}) {
    this.field = fov;
    this.views = views({position, target});
    this.show(this.view ?? 'front', false);
    this.resize();
  }

  #orbit() {
    const controls = (this.controls = new OrbitControls(this.camera, this.canvas));
    Object.assign(controls, {
      enablePan: false, enableDamping: true, dampingFactor: 0.12, rotateSpeed: 0.7, zoomSpeed: 0.7,
      minDistance: 0.45, maxDistance: 4, ...TILT,
    });
    this.canvas.style.touchAction = 'pan-y'; // a thumb that swipes up or down scrolls the page, sideways turns the head
    controls.addEventListener('change', () => this.invalidate());
    controls.addEventListener('start', () => (controls.enableDamping = !this.calm()));
    controls.addEventListener('start', () => (this.flight = null));
    // ... which must not tilt the head on its first pixels
    this.touched = ({pointerType}) => {
      const polar = controls.getPolarAngle();
      Object.assign(controls, pointerType === 'touch' ? {minPolarAngle: polar, maxPolarAngle: polar} : TILT);
    };
    this.host.addEventListener('pointerdown', this.touched, {capture: true});
    // the wheel scrolls the page until the player is in use, so that it does not trap a passing reader
    this.wheel = (event) => {
      if (!event.ctrlKey && !this.host.closest('.stygaze')?.contains(document.activeElement)) event.stopPropagation();
    };
    this.host.addEventListener('wheel', this.wheel, {capture: true, passive: true});
  }

  /** Fly to one of VIEWS, or cut where motion is to be reduced. */
  show(name, smooth = true) {
    const view = this.views[name];
    this.view = name;
    Object.assign(this.controls, TILT);
    if (!smooth || this.calm()) {
      this.flight = null;
      this.camera.position.copy(view.position);
      this.controls.target.copy(view.target);
      this.controls.update();
    } else {
      const from = {position: this.camera.position.clone(), target: this.controls.target.clone()};
      this.flight = {from, to: view, begin: performance.now()};
    }
    this.invalidate();
  }

  #fly(now) {
    const {from, to, begin} = this.flight;
    const share = Math.min((now - begin) / 450, 1);
    const ease = share * share * (3 - 2 * share);
    this.controls.target.lerpVectors(from.target, to.target, ease);
    // along the arc, not through the head
    const a = from.position.clone().sub(from.target);
    const b = to.position.clone().sub(to.target);
    const length = a.length() * (1 - ease) + b.length() * ease;
    this.camera.position.copy(a.normalize().lerp(b.normalize(), ease).setLength(length)).add(this.controls.target);
    if (share === 1) this.flight = null;
  }

  resize() {
    const width = this.host.clientWidth;
    const height = this.host.clientHeight;
    if (!width || !height) return void (this.cells = []); // hidden: laid out when it comes to light
    this.ratio = this.slow ? 1 : Math.min(window.devicePixelRatio || 1, 2);
    this.#scale(this.ratio);
    this.renderer.setSize(width, height, false);
    this.height = height;
    this.cells = this.layout();
    const [first] = this.cells;
    this.controls.rotateSpeed = (0.7 * height) / first.height; // OrbitControls counts in heights of the canvas
    const aspect = first.width / first.height;
    this.camera.aspect = aspect;
    // the field of view is that of the shorter side, so that a tall phone shows the whole head
    const half = Math.tan((this.field * Math.PI) / 360);
    this.camera.fov = (Math.atan(aspect < 1 ? half / aspect : half) * 360) / Math.PI;
    this.camera.updateProjectionMatrix();
    this.invalidate();
  }

  /** Ask for a frame. */
  invalidate() {
    this.asked ??= requestAnimationFrame((now) => this.#tick(now));
  }

  #tick(now) {
    this.asked = undefined;
    if (!this.visible || document.hidden || !this.host.isConnected) {
      if (this.away()) this.invalidate();
      return;
    }
    if (this.flight) this.#fly(now);
    const turning = this.controls.update();
    const more = this.render(now);
    if (more || turning || this.flight) this.invalidate();
    else if (this.slow) this.settling = setTimeout(() => this.#settle(), 200);
  }

  // A picture that has come to rest is drawn once more at twice the size, which smooths its edges.
  #settle() {
    if (!this.visible || this.asked !== undefined) return;
    this.settled = true;
    this.#scale(2);
    this.#paint();
  }

  #scale(ratio) {
    if (ratio !== this.renderer.getPixelRatio()) this.renderer.setPixelRatio(ratio);
  }

  /** Draw at once; whether the drawing wants to go on. */
  render(now = performance.now()) {
    clearTimeout(this.settling);
    if (this.settled) {
      this.settled = false;
      this.#scale(this.ratio);
    }
    const more = this.begin(now);
    this.#paint();
    this.frames++;
    return more;
  }

  #paint() {
    const {renderer, cells} = this;
    renderer.setScissorTest(cells.length > 1);
    for (let i = cells.length - 1; i >= 0; i--) { // the first face comes last: the head keeps its pose
      const cell = cells[i];
      const y = this.height - cell.y - cell.height; // WebGL counts from below
      renderer.setViewport(cell.x, y, cell.width, cell.height);
      renderer.setScissor(cell.x, y, cell.width, cell.height);
      this.face(i, cell);
      renderer.render(this.scene, this.camera);
    }
  }

  dispose() {
    clearTimeout(this.settling);
    cancelAnimationFrame(this.asked);
    this.sizes.disconnect();
    this.sight.disconnect();
    document.removeEventListener('visibilitychange', this.shown);
    this.controls.dispose();
    this.renderer.dispose();
    this.renderer.forceContextLoss();
    this.canvas.remove();
  }
}
