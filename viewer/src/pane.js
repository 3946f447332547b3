// A pane of glass before the face: the point of it that is looked at, and the way the gaze took there in the last second.
import {BufferAttribute, BufferGeometry, DoubleSide, DynamicDrawUsage, Group, Mesh, PlaneGeometry, ShaderMaterial, Vector3} from 'three';
import {mark} from './marks.js';
import {PANE, paneOf, path} from './sight.js';

const LASTS = 1; // seconds of trail
const MOST = 128; // pieces of trail: enough for 120 frames a second
const WIDE = 2.5; // pixels of the trail's line
const DOT = 5.6; // pixels across the dot of a frame: where dots crowd, the gaze rests
const COLOR = [0.86, 0.13, 0.5]; // sRGB; apart from both rays, clear on skin, light and dark
const HALF = [0.12, 0.1]; // metres: half of the pane's sides

const glassVertex = /* glsl */ `
varying vec2 vPlace;
void main() { vPlace = position.xy; gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0); }`;
// Rings every ten degrees about straight ahead, and the edge; seen from aside only, so that they never cross a face.
const glassFragment = /* glsl */ `
uniform float seen; uniform vec2 half_;
varying vec2 vPlace;
float drawn(float distance, float pixel) { return 1.0 - smoothstep(0.6 * pixel, 1.4 * pixel, abs(distance)); }
void main() {
  float degrees_ = atan(length(vPlace) / float(DISTANCE)) * 57.29578;
  float ring = drawn(mod(degrees_ + 5.0, 10.0) - 5.0, fwidth(degrees_)) * step(5.0, degrees_);
  vec2 q = abs(vPlace) - half_ + 0.02;
  float edge = length(max(q, 0.0)) + min(max(q.x, q.y), 0.0) - 0.02;
  float pixel = fwidth(edge);
  float inside = 1.0 - smoothstep(-pixel, pixel, edge);
  float line = max(0.55 * ring, drawn(edge + pixel, pixel));
  gl_FragColor = vec4(vec3(0.5, 0.56, 0.66), seen * inside * (0.10 + 0.6 * line));
}`;
const trailVertex = /* glsl */ `
attribute float strength; attribute vec2 corner;
varying float vStrength; varying vec2 vCorner;
void main() { vStrength = strength; vCorner = corner; gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0); }`;
const trailFragment = /* glsl */ `
uniform vec3 color;
varying float vStrength; varying vec2 vCorner;
void main() {
  gl_FragColor = vec4(color, vStrength * (1.0 - smoothstep(0.6, 1.0, length(vCorner)))); // a line's corners have x = 0
}`;

function glass() {
  const material = new ShaderMaterial({
    vertexShader: glassVertex, fragmentShader: glassFragment, transparent: true, depthWrite: false, side: DoubleSide,
    defines: {DISTANCE: PANE}, uniforms: {seen: {value: 1}, half_: {value: HALF}},
  });
  return new Mesh(new PlaneGeometry(2 * HALF[0] + 0.02, 2 * HALF[1] + 0.02), material);
}

/** Squares and lines in the pane's plane; `square` fills the next one. */
class Trail extends Mesh {
  constructor() {
    const geometry = new BufferGeometry();
    for (const [name, width] of [['position', 3], ['strength', 1], ['corner', 2]])
      geometry.setAttribute(name, new BufferAttribute(new Float32Array(2 * MOST * 4 * width), width).setUsage(DynamicDrawUsage));
    const index = new Uint16Array(2 * MOST * 6);
    for (let i = 0; i < 2 * MOST; i++) index.set([0, 1, 2, 1, 3, 2].map((k) => 4 * i + k), 6 * i);
    geometry.setIndex(new BufferAttribute(index, 1));
    super(geometry, new ShaderMaterial({
      vertexShader: trailVertex, fragmentShader: trailFragment, transparent: true, depthWrite: false, side: DoubleSide,
      uniforms: {color: {value: new Vector3(...COLOR)}},
    }));
    this.frustumCulled = false;
    this.renderOrder = 2;
    this.filled = 0;
    this.parts = Object.values(geometry.attributes);
  }

  begin() {
    this.filled = 0;
  }

  /** A quad from (ax, ay) to (bx, by), (ux, uy) to either side; `long` 0 for a line and 1 for a round dot. */
  quad(ax, ay, bx, by, ux, uy, long, from, to) {
    if (this.filled >= 2 * MOST) return;
    const {position, strength, corner} = this.geometry.attributes;
    for (let k = 0; k < 4; k++) {
      const at = 4 * this.filled + k;
      const side = k % 2 ? 1 : -1;
      position.setXYZ(at, (k < 2 ? ax : bx) + side * ux, (k < 2 ? ay : by) + side * uy, 0);
      strength.setX(at, k < 2 ? from : to);
      corner.setXY(at, long * (k < 2 ? -1 : 1), side);
    }
    this.filled++;
  }

  end() {
    this.geometry.setDrawRange(0, 6 * this.filled);
    for (const attribute of this.parts) attribute.needsUpdate = true;
  }
}

export class Pane {
  constructor() {
    this.group = new Group();
    this.point = mark(COLOR);
    this.glass = glass();
    this.trail = new Trail();
    this.group.add(this.glass, this.trail, this.point);
    this.paths = new WeakMap(); // clip -> where its gaze goes through the pane of this head
    this.target = this.trailing = this.group.visible = false;
    this.place = new Vector3();
  }

  /** Stand before another head. */
  before(head) {
    this.head = head;
    this.paths = new WeakMap();
    this.group.position.copy(paneOf(head));
  }

  /** Show what a clip looks at, at a time, in a cell of the screen whose camera is given. */
  follow(clip, seconds, camera, cell, ratio) {
    this.group.visible = Boolean(clip && this.head && (this.target || this.trailing));
    if (!this.group.visible) return;
    let way = this.paths.get(clip);
    if (!way) this.paths.set(clip, (way = path(clip, this.head, this.group.position.z)));
    const {position} = this.group;
    const away = this.place.subVectors(camera.position, position);
    const metre = (2 * Math.tan((camera.fov * Math.PI) / 360) * away.length()) / cell.height; // of one pixel here
    const facing = Math.abs(away.z) / away.length();
    this.glass.material.uniforms.seen.value = Math.min(Math.max((0.97 - facing) / 0.15, 0), 1);
    const now = Math.min(Math.max(seconds * clip.fps, 0), clip.frames - 1);
    this.point.visible = this.target && this.#at(way, now);
    if (this.point.visible) this.point.position.copy(this.place);
    this.point.material.uniforms.size.value = 20 * ratio;
    this.trail.visible = this.trailing;
    if (this.trailing) this.#trail(way, now, clip.fps, metre);
  }

  // The point at a frame, between frames too, in the pane's own axes; false where the gaze misses the pane.
  #at(way, frame) {
    const first = Math.floor(frame + 1e-6);
    const next = Math.min(first + 1, way.length / 2 - 1);
    const share = Math.max(0, frame - first);
    const {position} = this.group;
    this.place.set(
      way[2 * first] * (1 - share) + way[2 * next] * share - position.x,
      way[2 * first + 1] * (1 - share) + way[2 * next + 1] * share - position.y, 0,
    );
    return Number.isFinite(this.place.x + this.place.y);
  }

  #trail(way, now, fps, metre) {
    const {trail, place} = this;
    const span = LASTS * fps;
    const oldest = Math.max(0, now - span);
    let known = false;
    let x = 0;
    let y = 0;
    let before = 0;
    trail.begin();
    // from the oldest moment over whole frames to this one
    for (let frame = oldest; ; frame = Math.min(Math.floor(frame + 1e-6) + 1, now)) {
      const strength = (1 - (now - frame) / span) ** 1.5;
      if (this.#at(way, frame)) {
        const dx = place.x - x;
        const dy = place.y - y;
        const length = Math.sqrt(dx * dx + dy * dy); // Math.hypot makes garbage
        if (known && length > 1e-7) {
          const half = (0.5 * WIDE * metre) / length;
          trail.quad(x, y, place.x, place.y, -dy * half, dx * half, 0, 0.75 * before, 0.75 * strength);
        }
        const half = 0.5 * DOT * metre;
        if (Math.abs(frame - Math.round(frame)) < 1e-3) trail.quad(place.x - half, place.y, place.x + half, place.y, 0, half, 1, strength, strength);
        known = true;
        x = place.x;
        y = place.y;
        before = strength;
      } else known = false;
      if (frame >= now - 1e-6) break;
    }
    trail.end();
  }

  dispose() {
    for (const part of this.group.children) {
      part.geometry.dispose();
      part.material.dispose();
    }
  }
}
