// Lines of sight of both eyes and the point where they meet.
import {BufferAttribute, BufferGeometry, DoubleSide, Group, Mesh, ShaderMaterial, Vector2, Vector3} from 'three';
import {REACH, line, meeting, sight} from './sight.js';
import {mark} from './marks.js';

const EYE = 0.0165; // metres from an eye's centre to just before its cornea
const PIECES = 32;
// sRGB; clear on the light and on the dark background
const COLORS = {left_eye: [0.16, 0.5, 0.93], right_eye: [0.93, 0.47, 0.13]};
const MEETING = [0.6, 0.33, 0.85];

const vertexShader = /* glsl */ `
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
const fragmentShader = /* glsl */ `
uniform vec3 color; uniform float strength;
varying float vAlong; varying float vSide;
void main() {
  float fade = smoothstep(0.0, 0.02, vAlong) * mix(1.0, strength, vAlong);
  gl_FragColor = vec4(color, fade * (1.0 - smoothstep(0.35, 1.0, abs(vSide))));
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
  const material = new ShaderMaterial({vertexShader, fragmentShader, uniforms, transparent: true, depthWrite: false, side: DoubleSide});
  const mesh = new Mesh(geometry, material);
  mesh.frustumCulled = false;
  return mesh;
}

export class Rays {
  constructor() {
    this.group = new Group();
    this.eyes = Object.keys(COLORS).map((name) => ({name, line: line(), ribbon: ribbon(COLORS[name])}));
    this.point = mark(MEETING);
    this.met = new Vector3();
    this.group.add(...this.eyes.map((eye) => eye.ribbon), this.point);
    this.group.visible = false;
  }

  /** Follow the eyes of `head` in a cell of {width, height} CSS pixels, of which each is `ratio` wide. Gives the point
   *  where the lines meet, which is overwritten the next time, or null. */
  follow(head, cell, ratio) {
    if (!this.group.visible) return null;
    const [left, right] = this.eyes;
    const met = meeting(sight(head, left.name, left.line), sight(head, right.name, right.line), this.met);
    for (const {line: {origin, direction}, ribbon: {material: {uniforms}}} of this.eyes) {
      uniforms.origin.value.copy(origin).addScaledVector(direction, EYE);
      uniforms.heading.value.copy(direction);
      uniforms.reach.value = met ? met.distanceTo(uniforms.origin.value) : REACH;
      uniforms.strength.value = met ? 0.7 : 0;
      uniforms.pixels.value.set(cell.width * ratio, cell.height * ratio);
      uniforms.width.value = 1.3 * ratio;
    }
    this.point.visible = met !== null;
    if (met) this.point.position.copy(met);
    this.point.material.uniforms.size.value = 17 * ratio;
    return met;
  }

  dispose() {
    for (const part of this.group.children) {
      part.geometry.dispose();
      part.material.dispose();
    }
  }
}
