// The head of a head.glb: its meshes for drawing, its rig for moving, moved exactly as stygaze/face/head.py moves it.
import {BufferAttribute, BufferGeometry, DynamicDrawUsage, Euler, Group, Matrix4, Mesh, Quaternion, Texture, Vector3} from 'three';
import {Glb} from './glb.js';
import {Rig} from './rig.js';
import {Light} from './shading.js';

const RADIANS = Math.PI / 180;
const X = new Vector3(1, 0, 0);

/** `sharpness` 1 to 16: anisotropic filtering of the textures. */
export async function loadHead(url, sharpness = 4) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`The head could not be loaded (${answer.status}).`);
  const glb = new Glb(await answer.arrayBuffer());
  const pictures = await Promise.all((glb.tree.textures ?? []).map((_, index) => glb.picture(index)));
  return new Head(glb, pictures, sharpness);
}

function joints({nodes, skins}) {
  const places = skins[0].joints;
  const parents = places.map((node) => places.findIndex((other) => nodes[other].children?.includes(node)));
  const list = [];
  for (const [i, node] of places.entries()) {
    const rest = new Vector3(...nodes[node].translation);
    if (parents[i] >= 0) rest.add(list[parents[i]].rest);
    list.push({name: nodes[node].name, parent: parents[i], rest});
  }
  return list;
}

/** Arrays over the head's own vertices, gathered from primitives whose seams repeat some of them. */
function gather(glb, mesh, count) {
  const parts = mesh.primitives.map(({attributes: a, indices, targets, extras}) => ({
    vertex: Uint32Array.from(glb.dense(a._VERTEX)), position: glb.dense(a.POSITION), joint: glb.dense(a.JOINTS_0),
    weight: glb.dense(a.WEIGHTS_0), index: extras?.inside ? [] : glb.dense(indices), targets: targets.map((target) => glb.sparse(target.POSITION)),
  }));
  const vertices = 1 + parts.reduce((most, {vertex}) => vertex.reduce((a, b) => Math.max(a, b), most), -1);
  const template = new Float32Array(3 * vertices);
  const weights = new Float32Array(count * vertices);
  for (const {vertex, position, joint, weight} of parts)
    vertex.forEach((v, i) => {
      template.set(position.subarray(3 * i, 3 * i + 3), 3 * v);
      weights.fill(0, count * v, count * (v + 1));
      for (let k = 4 * i; k < 4 * i + 4; k++) weights[count * v + joint[k]] += weight[k];
    });
  const faces = Uint32Array.from(parts.flatMap(({vertex, index}) => Array.from(index, (i) => vertex[i])));
  const targets = new Map(mesh.extras.targetNames.map((name, t) => {
    const rows = new Map(); // a vertex on a seam counts once
    for (const part of parts) {
      const {rows: corners, values} = part.targets[t];
      for (let i = 0; i < corners.length; i++) rows.set(part.vertex[corners[i]], values.subarray(3 * i, 3 * i + 3));
    }
    return [name, {rows: Uint32Array.from(rows.keys()), values: Float32Array.from([...rows.values()].flatMap((row) => [...row]))}];
  }));
  return {template, weights, faces, targets};
}

export class Head {
  constructor(glb, pictures, sharpness) {
    const {tree} = glb;
    this.scene = tree.extras.scene; // camera, lights, materials of stygaze/face/scene.py
    const list = joints(tree);
    this.rig = new Rig({...gather(glb, tree.meshes[0], list.length), joints: list});
    this.light = new Light(this.scene);
    this.root = new Group();
    this.textures = pictures.map((picture) => {
      const texture = new Texture(picture);
      Object.assign(texture, {flipY: false, anisotropy: sharpness, needsUpdate: true});
      return texture;
    });
    this.meshes = tree.meshes[0].primitives.map((primitive) => this.#mesh(glb, primitive));
    this.root.add(...this.meshes);
    this.#sort();
    this.euler = new Euler();
    this.shares = new Map();
    this.pose({});
  }

  #mesh(glb, {attributes, indices, material: index}) {
    const {name, pbrMetallicRoughness: {baseColorTexture}} = glb.tree.materials[index];
    const geometry = new BufferGeometry();
    const vertex = Uint32Array.from(glb.dense(attributes._VERTEX));
    for (const key of ['position', 'normal'])
      geometry.setAttribute(key, new BufferAttribute(new Float32Array(3 * vertex.length), 3).setUsage(DynamicDrawUsage));
    geometry.setAttribute('uv', new BufferAttribute(glb.dense(attributes.TEXCOORD_0), 2));
    if (attributes.COLOR_0 !== undefined)
      geometry.setAttribute('color', new BufferAttribute(glb.dense(attributes.COLOR_0), 4, true));
    geometry.setIndex(new BufferAttribute(glb.dense(indices), 1));
    const mesh = new Mesh(geometry, this.light.material(name, {
      texture: baseColorTexture ? this.textures[baseColorTexture.index] : null, tinted: attributes.COLOR_0 !== undefined,
    }));
    mesh.name = name;
    mesh.frustumCulled = false; // it moves under its bounds
    mesh.userData.vertex = vertex;
    return mesh;
  }

  // pose_<joint>_<row><column> is multiplied by that element of the joint's rotation minus identity; the rest are expressions
  #sort() {
    this.correctives = [];
    this.expressions = [];
    for (const name of this.rig.targets.keys()) {
      const match = /^pose_(\w+)_([0-2])([0-2])$/.exec(name);
      if (match) this.correctives.push({name, joint: this.rig.joint(match[1]), place: +match[2] + 4 * +match[3], rest: +(match[2] === match[3])});
      else this.expressions.push(name);
    }
    this.matrix = new Matrix4();
  }

  /** Pose from degrees (motion columns), radians (jaw) and shares 0..1 (expressions); what is absent is at rest. */
  pose(now) {
    this.#turn('neck', now.head_pitch, now.head_yaw, now.head_roll);
    this.#turn('left_eye', now.left_eye_pitch, now.left_eye_yaw);
    this.#turn('right_eye', now.right_eye_pitch, now.right_eye_yaw);
    this.rig.joint('jaw').turn.setFromAxisAngle(X, now.jaw ?? 0);
    for (const name of this.expressions) this.shares.set(name, now[name] ?? 0);
    for (const {name, joint, place, rest} of this.correctives)
      this.shares.set(name, (this.matrix.makeRotationFromQuaternion(joint.turn).elements[place] - rest) * (joint.name.endsWith('_eye') ? now.lids ?? 1 : 1));
    this.rig.deform(this.shares);
    for (const mesh of this.meshes)
      for (const key of ['position', 'normal']) {
        const attribute = mesh.geometry.attributes[key];
        const from = this.rig[key];
        const to = attribute.array;
        const {vertex} = mesh.userData;
        for (let i = 0; i < vertex.length; i++) {
          const at = 3 * vertex[i];
          to[3 * i] = from[at];
          to[3 * i + 1] = from[at + 1];
          to[3 * i + 2] = from[at + 2];
        }
        attribute.needsUpdate = true;
      }
  }

  // R = Ry(yaw) Rx(-pitch) Rz(roll), the product's one rotation
  #turn(name, pitch = 0, yaw = 0, roll = 0) {
    this.euler.set(-pitch * RADIANS, yaw * RADIANS, roll * RADIANS, 'YXZ');
    this.rig.joint(name).turn.setFromEuler(this.euler);
  }

  /** Where an eye is and where it looks, in the world: {origin, direction}. */
  sight(name) {
    const {world} = this.rig.joint(name);
    const direction = new Vector3(0, 0, 1).applyQuaternion(new Quaternion().setFromRotationMatrix(world));
    return {origin: new Vector3().setFromMatrixPosition(world), direction};
  }

  /** The joints' own turns as quaternions [x, y, z, w]. */
  turns() {
    return Object.fromEntries(this.rig.joints.map(({name, turn}) => [name, turn.toArray()]));
  }

  /** Deformed positions [[x, y, z]] in metres of the head's vertices. */
  vertices(indices) {
    return indices.map((i) => Array.from(this.rig.position.subarray(3 * i, 3 * i + 3)));
  }

  dispose() {
    for (const mesh of this.meshes) {
      mesh.geometry.dispose();
      mesh.material.dispose();
    }
    for (const texture of this.textures) {
      texture.dispose();
      texture.image.close();
    }
    this.root.removeFromParent();
  }
}
