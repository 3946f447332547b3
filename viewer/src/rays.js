// Lines of sight of both eyes and the point where they meet.
import {BufferAttribute, BufferGeometry, DoubleSide, Group, Mesh, Points, ShaderMaterial, Vector2, Vector3} from 'three';

const REACH = 2.2; // metres a ray is drawn where the eyes do not meet nearer
const EYE = 0.0165; // metres from an eye's centre to just before its cornea
const PIECES = 32;
// sRGB; clear on the light and on the dark background
const COLORS = {left_eye: [0.16, 0.5, 0.93], right_eye: [0.93, 0.47, 0.13]};
const MEETING = [0.6, 0.33, 0.85];

const ribbonVertex = /* glsl */ `
attribute float along; attribute float side;
uniform vec3 origin; uniform vec3 heading; uniform float reach; uniform vec2 pixels; uniform float width;
varying float vAlong; varying float vSide;
void main() {
  vAlong = along; vSide = side;
  vec4 here = projectionMatrix * viewMatrix * vec4(origin + heading * reach * along, 1.0);
  vec4 step = projectionMatrix * viewMatrix * vec4(heading, 0.0);
  vec2 across = (step.xy * here.w - here.xy * step.w) * pixels;   // direction on the screen, whatever the sign of w
  across = vec2(-across.y, across.x) / max(length(across), 1e-9);
  here.xy += side * width * across * 2.0 / pixels * here.w;
  gl_Position = here;
}`;
const ribbonFragment = /* glsl */ `
uniform vec3 color; uniform float strength;
varying float vAlong; varying float vSide;
void main() {
  float fade = smoothstep(0.0, 0.02, vAlong) * mix(1.0, strength, vAlong);
  gl_FragColor = vec4(color, fade * (1.0 - smoothstep(0.35, 1.0, abs(vSide))));
}`;
const pointVertex = /* glsl */ `
uniform float size;
void main() { gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0); gl_PointSize = size; }`;
const pointFragment = /* glsl */ `
uniform vec3 color;
void main() {
  float r = length(gl_PointCoord - 0.5) * 2.0;
  float ring = smoothstep(0.62, 0.70, r) * (1.0 - smoothstep(0.86, 0.96, r));
  float dot = 1.0 - smoothstep(0.22, 0.32, r);
  gl_FragColor = vec4(color, max(dot, 0.75 * ring));
}`;

function ribbon(color) {
  const along = [];
  const side = [];
  const index = [];
  for (let i = 0; i <= PIECES; i++) {
    along.push((i / PIECES) ** 2, (i / PIECES) ** 2); // short pieces near the eye, where perspective is strongest
    side.push(-1, 1);
    if (i < PIECES) index.push(2 * i, 2 * i + 1, 2 * i + 2, 2 * i + 1, 2 * i + 3, 2 * i + 2);
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(new Float32Array(3 * along.length), 3));
  geometry.setAttribute('along', new BufferAttribute(new Float32Array(along), 1));
  geometry.setAttribute('side', new BufferAttribute(new Float32Array(side), 1));
  geometry.setIndex(index);
  const uniforms = {
    origin: {value: new Vector3()}, heading: {value: new Vector3(0, 0, 1)}, reach: {value: REACH}, strength: {value: 0},
    pixels: {value: new Vector2(1, 1)}, width: {value: 1.6}, color: {value: new Vector3(...color)},
  };
  const material = new ShaderMaterial({
    vertexShader: ribbonVertex, fragmentShader: ribbonFragment, uniforms, transparent: true, depthWrite: false, side: DoubleSide,
  });
  const mesh = new Mesh(geometry, material);
  mesh.frustumCulled = false;
  return mesh;
}

/** Where two lines of sight come nearest, or null where they run apart, aside or beyond reach. */
export function meeting(left, right) {
  const between = right.origin.clone().sub(left.origin);
  const b = left.direction.dot(right.direction);
  const spread = 1 - b * b;
  if (spread < 1e-7) return null;
  const d = left.direction.dot(between);
  const e = right.direction.dot(between);
  const s = (d - b * e) / spread;
  const t = (b * d - e) / spread;
  if (s < 0.05 || t < 0.05 || s > REACH || t > REACH) return null;
  const a = left.origin.clone().addScaledVector(left.direction, s);
  const c = right.origin.clone().addScaledVector(right.direction, t);
  return a.distanceTo(c) < 0.05 ? a.add(c).multiplyScalar(0.5) : null;
}

export class Rays {
  constructor() {
    this.group = new Group();
    this.ribbons = Object.fromEntries(Object.entries(COLORS).map(([eye, color]) => [eye, ribbon(color)]));
    const geometry = new BufferGeometry();
    geometry.setAttribute('position', new BufferAttribute(new Float32Array(3), 3));
    this.point = new Points(geometry, new ShaderMaterial({
      vertexShader: pointVertex, fragmentShader: pointFragment, transparent: true, depthWrite: false, depthTest: false,
      uniforms: {size: {value: 18}, color: {value: new Vector3(...MEETING)}},
    }));
    this.point.frustumCulled = false;
    this.group.add(...Object.values(this.ribbons), this.point);
    this.group.visible = false;
  }

  /** Follow the eyes of `head`; `renderer` gives the size in pixels that keeps the lines thin. */
  follow(head, renderer) {
    if (!this.group.visible) return null;
    const left = head.sight('left_eye');
    const right = head.sight('right_eye');
    const met = meeting(left, right);
    for (const [eye, {origin, direction}] of [['left_eye', left], ['right_eye', right]]) {
      const {uniforms} = this.ribbons[eye].material;
      uniforms.origin.value.copy(origin).addScaledVector(direction, EYE);
      uniforms.heading.value.copy(direction);
      uniforms.reach.value = met ? met.distanceTo(uniforms.origin.value) : REACH;
      uniforms.strength.value = met ? 0.7 : 0;
      renderer.getDrawingBufferSize(uniforms.pixels.value);
      uniforms.width.value = 1.3 * renderer.getPixelRatio();
    }
    this.point.visible = met !== null;
    if (met) this.point.position.copy(met);
    this.point.material.uniforms.size.value = 17 * renderer.getPixelRatio();
    return met;
  }

  dispose() {
    for (const part of this.group.children) {
      part.geometry.dispose();
      part.material.dispose();
    }
  }
}
