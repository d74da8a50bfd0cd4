interface WireField {
  readonly number: number;
  /** Varints as bigint; everything else, fixed-size numbers too, as its bytes. */
  readonly value: bigint | Buffer;
}

/** Walks over the fields of one protobuf message (protobuf.dev, "Encoding"). Throws on what is cut off or malformed. */
export class WireReader implements Iterable<WireField> {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  *[Symbol.iterator](): Generator<WireField> {
    while (this.#at < this.#bytes.length) {
      const tag = Number(this.#varint());
      yield { number: Math.floor(tag / 8), value: this.#value(tag % 8) };
    }
  }

  #value(wireType: number): bigint | Buffer {
    switch (wireType) {
      case 0:
        return this.#varint();
      case 1:
        return this.#take(8);
      case 2:
        return this.#take(Number(this.#varint()));
      case 5:
        return this.#take(4);
      default:
        throw new Error(`illegal wireType ${wireType}`);
    }
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new Error("unexpected EOF");
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }

  #varint(): bigint {
    let result = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new Error("unexpected EOF");
      result |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, result);
    }
    throw new Error("integer overflow");
  }
}
