// The film's light in the browser: the shader of stygaze/face/shaders/mesh.frag, fed with the numbers of stygaze/face/scene.py.
import {ShaderMaterial, Vector3} from 'three';

const vertexShader = /* glsl */ `
varying vec3 vNormal; varying vec2 vUv; varying vec3 vColor;
void main() {
  gl_Position = projectionMatrix * viewMatrix * vec4(position, 1.0);
  vNormal = normal;
  vUv = uv;
  #ifdef TINTED
    vColor = color.rgb;
  #else
    vColor = vec3(1.0);
  #endif
}`;

// Colours are about linear: textures are squared, vertex colours come squared from the file, the root at the end undoes it.
const fragmentShader = /* glsl */ `
uniform float power; uniform float specular; uniform vec3 soft; uniform vec3 span;
uniform vec3 toward[LAMPS]; uniform vec3 halfway[LAMPS]; uniform vec3 light[LAMPS];
uniform vec3 sky; uniform vec3 ground; uniform vec3 view;
#ifdef TEXTURED
  uniform sampler2D picture;
#endif
varying vec3 vNormal; varying vec2 vUv; varying vec3 vColor;
void main() {
  vec3 albedo = vColor;
  #ifdef TEXTURED
    vec3 paint = texture2D(picture, vUv).rgb;
    albedo *= paint * paint;
  #endif
  vec3 n = normalize(vNormal);
  vec3 shade = mix(ground, sky, 0.5 + 0.5 * n.y);
  vec3 shine = vec3(0.0);
  LAMPLIGHT
  float edge = 1.0 - max(dot(n, view), 0.0);
  float fresnel = 1.0 + 3.0 * edge * edge * edge * edge;
  gl_FragColor = vec4(sqrt(albedo * shade + shine * specular * fresnel), 1.0);
}`;

// One lamp. Written out per lamp: a loop over the uniforms costs a third of the time where the processor draws.
const lamplight = (i) => `{
  float facing = dot(n, toward[${i}]);
  shade += light[${i}] * max((facing + soft) * span, 0.0);
  shine += light[${i}] * (pow(max(dot(n, halfway[${i}]), 0.0), power) * max(facing, 0.0));
}`;

/** Lamps and materials of a scene. The view counts as one direction for the whole head, as in the film. */
export class Light {
  constructor({lights, ambient, materials, catchlight}) {
    this.materials = materials;
    this.view = new Vector3(0, 0, 1);
    this.toward = lights.map((lamp) => new Vector3(...lamp.toward).normalize());
    this.halfway = lights.map(() => new Vector3());
    this.catching = new Vector3(...(catchlight ?? lights[0]).toward).normalize();
    this.catchlight = [new Vector3(), ...this.halfway.slice(1)]; // the key light's highlight, where the upper lid leaves it free
    this.shared = { // by reference: one change reaches every material
      view: {value: this.view}, toward: {value: this.toward}, halfway: {value: this.halfway},
      light: {value: lights.map((lamp) => new Vector3(...lamp.color).multiplyScalar(lamp.intensity))},
      sky: {value: new Vector3(...ambient.sky)}, ground: {value: new Vector3(...ambient.ground)},
    };
  }

  /** Follow a camera at `position` that looks at `target`. */
  follow(position, target) {
    this.view.copy(position).sub(target).normalize();
    this.halfway.forEach((half, i) => half.copy(this.toward[i]).add(this.view).normalize());
    this.catchlight[0].copy(this.catching).add(this.view).normalize();
  }

  material(name, {texture = null, tinted = false} = {}) {
    const {roughness, specular, soften} = this.materials[name];
    const soft = new Vector3(1, 0.45, 0.3).multiplyScalar(soften); // skin scatters red light farthest
    const span = new Vector3(1 / (1 + soft.x), 1 / (1 + soft.y), 1 / (1 + soft.z));
    return new ShaderMaterial({
      vertexShader,
      fragmentShader: fragmentShader.replace('LAMPLIGHT', this.toward.map((_, i) => lamplight(i)).join('\n')),
      vertexColors: tinted,
      defines: {LAMPS: this.toward.length, ...(texture ? {TEXTURED: ''} : {}), ...(tinted ? {TINTED: ''} : {})},
      uniforms: {
        ...this.shared, ...(name === 'eyes' ? {halfway: {value: this.catchlight}} : {}), power: {value: 2 / (roughness ** 4 + 1e-4)}, specular: {value: specular},
        soft: {value: soft}, span: {value: span},
        ...(texture ? {picture: {value: texture}} : {}),
      },
    });
  }
}
