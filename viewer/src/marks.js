// Marks of one size on the screen, however far they are.
import {BufferAttribute, BufferGeometry, Points, ShaderMaterial, Vector3} from 'three';

const vertexShader = /* glsl */ `
uniform float size;
void main() { gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0); gl_PointSize = size; }`;
const fragmentShader = /* glsl */ `
uniform vec3 color;
void main() {
  float r = length(gl_PointCoord - 0.5) * 2.0;
  float dot = 1.0 - smoothstep(0.20, 0.30, r);
  float ring = smoothstep(0.56, 0.66, r) * (1.0 - smoothstep(0.76, 0.86, r));
  float casing = max(1.0 - smoothstep(0.32, 0.46, r), smoothstep(0.44, 0.58, r) * (1.0 - smoothstep(0.86, 1.0, r)));
  float ink = max(dot, ring);
  gl_FragColor = vec4(mix(vec3(1.0), color, ink), max(ink, 0.55 * casing)); // cased in white, for skin and hair
}`;

/** A dot in a ring, `material.uniforms.size` pixels wide; seen through everything. */
export function mark(color) {
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(new Float32Array(3), 3));
  const point = new Points(geometry, new ShaderMaterial({
    vertexShader, fragmentShader, transparent: true, depthWrite: false, depthTest: false,
    uniforms: {size: {value: 18}, color: {value: new Vector3(...color)}},
  }));
  point.frustumCulled = false;
  point.renderOrder = 3;
  return point;
}
