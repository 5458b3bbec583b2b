// What is said in a call, for who listens to it: both sides beside each other, in pieces that are worth a message.

/** Frames of 20 ms in a piece. */
const FRAMES = 5;

export class OverheardAudio {
  readonly #emit: (pcm: string) => void;
  #piece: Int16Array | undefined;
  #at = 0;

  /** @param emit told 16-bit samples, little-endian, caller and agent in turns, as Base64 */
  constructor(emit: (pcm: string) => void) {
    this.#emit = emit;
  }

  write(received: Int16Array, sent: Int16Array): void {
    const { length } = received;
    this.#piece ??= new Int16Array(length * 2 * FRAMES);
    const piece = this.#piece;
    for (let index = 0; index < length; index++) {
      piece[this.#at++] = received[index] ?? 0;
      piece[this.#at++] = sent[index] ?? 0;
    }
    if (this.#at < piece.length) return;
    this.#at = 0;
    this.#emit(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString("base64"));
  }
}
