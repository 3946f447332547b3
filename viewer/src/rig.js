// Linear blend skinning of a FLAME head on the processor: template + expressions + pose correctives, five joints, normals.
// Same arithmetic and same normals as the film's (stygaze/face/head.py), about a millisecond a frame, and three times faster
// than skinning in the vertex shader where a machine has no graphics card.
import {Matrix4, Quaternion, Vector3} from 'three';

const ONE = new Vector3(1, 1, 1);

export class Rig {
  /** template [3V], weights [5V], faces [3F] over vertices, targets Map name -> {rows, values}, joints
   *  [{name, parent, rest: Vector3}] with parents before their children. */
  constructor({template, weights, faces, targets, joints}) {
    Object.assign(this, {template, weights, faces, targets});
    this.joints = joints.map(({name, parent, rest}) => ({
      name, parent, rest, turn: new Quaternion(), world: new Matrix4(), skin: new Matrix4(), back: new Matrix4().setPosition(rest.clone().negate()),
      offset: parent < 0 ? rest.clone() : rest.clone().sub(joints[parent].rest),
    }));
    this.position = new Float32Array(template.length);
    this.normal = new Float32Array(template.length);
  }

  joint(name) {
    return this.joints.find((joint) => joint.name === name);
  }

  /** Deform by the joints' turns and `shares` (Map name -> number). Fills position and normal. */
  deform(shares) {
    this.position.set(this.template);
    for (const [name, share] of shares) if (Math.abs(share) > 1e-6) this.#add(this.targets.get(name), share);
    for (const joint of this.joints) {
      joint.world.compose(joint.offset, joint.turn, ONE);
      if (joint.parent >= 0) joint.world.premultiply(this.joints[joint.parent].world);
      joint.skin.multiplyMatrices(joint.world, joint.back);
    }
    this.#skin();
    this.#shade();
  }

  #add({rows, values}, share) {
    const {position} = this;
    for (let i = 0; i < rows.length; i++) {
      const at = 3 * rows[i];
      position[at] += share * values[3 * i];
      position[at + 1] += share * values[3 * i + 1];
      position[at + 2] += share * values[3 * i + 2];
    }
  }

  #skin() {
    const {position, weights} = this;
    const skins = this.joints.map((joint) => joint.skin.elements);
    const count = skins.length;
    for (let v = 0, w = 0; v < position.length; v += 3, w += count) {
      const x = position[v];
      const y = position[v + 1];
      const z = position[v + 2];
      let a = 0;
      let b = 0;
      let c = 0;
      for (let j = 0; j < count; j++) {
        const share = weights[w + j];
        if (share === 0) continue;
        const e = skins[j];
        a += share * (e[0] * x + e[4] * y + e[8] * z + e[12]);
        b += share * (e[1] * x + e[5] * y + e[9] * z + e[13]);
        c += share * (e[2] * x + e[6] * y + e[10] * z + e[14]);
      }
      position[v] = a;
      position[v + 1] = b;
      position[v + 2] = c;
    }
  }

  // Vertex normals, weighted by the area of the triangles around.
  #shade() {
    const {position: p, normal: n, faces} = this;
    n.fill(0);
    for (let f = 0; f < faces.length; f += 3) {
      const i = 3 * faces[f];
      const j = 3 * faces[f + 1];
      const k = 3 * faces[f + 2];
      const ax = p[j] - p[i], ay = p[j + 1] - p[i + 1], az = p[j + 2] - p[i + 2];
      const bx = p[k] - p[i], by = p[k + 1] - p[i + 1], bz = p[k + 2] - p[i + 2];
      const x = ay * bz - az * by, y = az * bx - ax * bz, z = ax * by - ay * bx;
      n[i] += x; n[i + 1] += y; n[i + 2] += z;
      n[j] += x; n[j + 1] += y; n[j + 2] += z;
      n[k] += x; n[k + 1] += y; n[k + 2] += z;
    }
    for (let i = 0; i < n.length; i += 3) {
      const length = Math.sqrt(n[i] * n[i] + n[i + 1] * n[i + 1] + n[i + 2] * n[i + 2]) || 1; // Math.hypot makes garbage
      n[i] /= length; n[i + 1] /= length; n[i + 2] /= length;
    }
  }
}
