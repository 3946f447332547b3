// Where eyes look: lines of sight of a posed head, the point where they meet, and the point of a pane before the face.
import {Euler, Quaternion, Vector3} from 'three';

const RADIANS = Math.PI / 180;
export const REACH = 2.2; // metres; beyond it lines of sight that have not met count as parallel
export const PANE = 0.25; // metres before the eyes at rest: gaze 25 degrees aside is still in the film's picture

/** A line of sight that is filled anew: {origin, direction}. */
export const line = () => ({origin: new Vector3(), direction: new Vector3(0, 0, 1)});

/** The line of sight of an eye of the posed `head`, in the world. */
export function sight(head, eye, out) {
  const e = head.rig.joint(eye).world.elements;
  out.origin.set(e[12], e[13], e[14]);
  out.direction.set(e[8], e[9], e[10]).normalize(); // where the eye's own z axis points
  return out;
}

const a = new Vector3();
const b = new Vector3();

/** Where two lines of sight come nearest, in `out`, or null where they run apart, aside or beyond reach. */
export function meeting(left, right, out) {
  const between = a.subVectors(right.origin, left.origin);
  const along = left.direction.dot(right.direction);
  const spread = 1 - along * along;
  if (spread < 1e-7) return null;
  const d = left.direction.dot(between);
  const e = right.direction.dot(between);
  const s = (d - along * e) / spread;
  const t = (along * d - e) / spread;
  if (s < 0.05 || t < 0.05 || s > REACH || t > REACH) return null;
  out.copy(left.origin).addScaledVector(left.direction, s);
  b.copy(right.origin).addScaledVector(right.direction, t);
  return out.distanceTo(b) < 0.05 ? out.add(b).multiplyScalar(0.5) : null;
}

/** The pane of a head: its middle, straight before the middle of both eyes at rest. */
export function paneOf(head) {
  const [left, right] = ['left_eye', 'right_eye'].map((eye) => rest(head, eye));
  return left.add(right).multiplyScalar(0.5).setZ(left.z + PANE);
}

function rest(head, name) {
  const {rig} = head;
  const at = new Vector3();
  for (let joint = rig.joint(name); joint; joint = rig.joints[joint.parent]) at.add(joint.offset);
  return at;
}

/** Where a gaze between both eyes goes through a pane at `z`: places [x, y] of all frames of a clip; NaN where it
 *  never gets there. One pass of a few milliseconds for a minute. */
export function path(clip, head, z) {
  const neck = rest(head, 'neck');
  const offsets = ['left_eye', 'right_eye'].map((eye) => rest(head, eye).sub(neck));
  const turn = new Quaternion();
  const own = new Quaternion();
  const euler = new Euler();
  const origin = new Vector3();
  const heading = new Vector3();
  const step = new Vector3();
  const columns = ['head_pitch', 'head_yaw', 'head_roll', 'left_eye_pitch', 'left_eye_yaw', 'right_eye_pitch', 'right_eye_yaw'];
  const places = columns.map((name) => clip.names.indexOf(name));
  const width = clip.names.length;
  const angle = (frame, k) => (places[k] < 0 ? 0 : RADIANS * clip.values[frame * width + places[k]]);
  const out = new Float32Array(2 * clip.frames);
  for (let f = 0; f < clip.frames; f++) {
    turn.setFromEuler(euler.set(-angle(f, 0), angle(f, 1), angle(f, 2), 'YXZ'));
    origin.copy(neck);
    heading.set(0, 0, 0);
    for (let eye = 0; eye < 2; eye++) {
      origin.addScaledVector(step.copy(offsets[eye]).applyQuaternion(turn), 0.5);
      own.setFromEuler(euler.set(-angle(f, 3 + 2 * eye), angle(f, 4 + 2 * eye), 0, 'YXZ'));
      heading.add(step.set(0, 0, 1).applyQuaternion(own).applyQuaternion(turn));
    }
    const far = heading.z > 0.1 ? (z - origin.z) / heading.z : NaN;
    out[2 * f] = origin.x + far * heading.x;
    out[2 * f + 1] = origin.y + far * heading.y;
  }
  return out;
}
