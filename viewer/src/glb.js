// Reads the binary glTF that stygaze/face/viewer.py writes: accessors, sparse morph targets, embedded pictures.

const KINDS = {5120: Int8Array, 5121: Uint8Array, 5122: Int16Array, 5123: Uint16Array, 5125: Uint32Array, 5126: Float32Array};
const WIDTHS = {SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4, MAT4: 16};

export class Glb {
  constructor(buffer) {
    const view = new DataView(buffer);
    if (buffer.byteLength < 20 || view.getUint32(0, true) !== 0x46546c67) throw new Error('This is not a .glb file.');
    const length = view.getUint32(12, true);
    this.tree = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 20, length)));
    this.buffer = buffer;
    this.start = 28 + length; // after the header of the second chunk
  }

  #array(view, offset, kind, count) {
    const at = this.start + (this.tree.bufferViews[view].byteOffset ?? 0) + (offset ?? 0);
    return new KINDS[kind](this.buffer.slice(at, at + count * KINDS[kind].BYTES_PER_ELEMENT));
  }

  /** The numbers of a dense accessor, as they are stored. */
  dense(index) {
    const {bufferView, byteOffset, componentType, count, type} = this.tree.accessors[index];
    return this.#array(bufferView, byteOffset, componentType, count * WIDTHS[type]);
  }

  /** Rows and values of a sparse accessor. */
  sparse(index) {
    const {sparse, componentType, type} = this.tree.accessors[index];
    if (!sparse) return {rows: [], values: []};
    const {count, indices, values} = sparse;
    return {
      rows: this.#array(indices.bufferView, indices.byteOffset, indices.componentType, count),
      values: this.#array(values.bufferView, values.byteOffset, componentType, count * WIDTHS[type]),
    };
  }

  /** An embedded picture, decoded without any colour conversion. */
  picture(texture) {
    const {bufferView, mimeType} = this.tree.images[this.tree.textures[texture].source];
    const {byteOffset = 0, byteLength} = this.tree.bufferViews[bufferView];
    const bytes = new Uint8Array(this.buffer, this.start + byteOffset, byteLength);
    return createImageBitmap(new Blob([bytes], {type: mimeType}), {colorSpaceConversion: 'none', premultiplyAlpha: 'none'});
  }
}
