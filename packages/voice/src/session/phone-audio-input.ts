import { ReadableStream, type ReadableStreamDefaultController } from "node:stream/web";
import { voice } from "@livekit/agents";
import { AudioFrame } from "@livekit/rtc-node";
import { listeningRate, listeningWindow } from "./listening-windows.ts";

/** Frames that may wait: 2 s. The session is stuck then; sound is dropped, not kept. */
const longestQueue = 64;

/** The session's ear, for models that want the caller's audio itself. */
export class PhoneAudioInput extends voice.AudioInput {
  #controller: ReadableStreamDefaultController<AudioFrame> | undefined;
  #dropped = 0;

  constructor() {
    super();
    const stream = new ReadableStream<AudioFrame>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
      },
      { highWaterMark: longestQueue },
    );
    this.multiStream.addInputStream(stream);
  }

  /** Frames that the session was too slow for. */
  get droppedFrames(): number {
    return this.#dropped;
  }

  /** @param window 16 kHz; kept */
  hear(window: Int16Array): void {
    const controller = this.#controller;
    if (controller === undefined) return;
    if ((controller.desiredSize ?? 0) <= 0) {
      this.#dropped++;
      return;
    }
    controller.enqueue(new AudioFrame(window, listeningRate, 1, listeningWindow));
  }

  override async close(): Promise<void> {
    const controller = this.#controller;
    if (controller === undefined) return;
    this.#controller = undefined;
    controller.close();
    await super.close();
  }
}
