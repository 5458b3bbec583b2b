// A call that runs, heard in this browser: WAV without an end, played as it comes.

/** Seconds that are held back, so that what comes unevenly is heard evenly. */
const HELD_BACK = 0.2;
/** Further behind than this, what came is left out: one listens to what is said now. */
const MOST_BEHIND = 1;
const HEADER = 44;
const RATE = 8_000;
const BYTES_A_FRAME = 4;

/** How loud each side is, 0 to 1. */
export interface Levels {
  readonly caller: number;
  readonly agent: number;
}

export interface LiveAudioOptions {
  readonly callId: string;
  readonly onLevels: (levels: Levels) => void;
  readonly onEnd: (problem: string | undefined) => void;
}

/** @returns what ends it */
export function listenTo({ callId, onLevels, onEnd }: LiveAudioOptions): () => void {
  const context = new AudioContext({ sampleRate: RATE });
  const gone = new AbortController();
  let over = false;
  const end = (problem?: string): void => {
    if (over) return;
    over = true;
    gone.abort();
    void context.close();
    onEnd(problem);
  };
  void (async () => {
    try {
      const answer = await fetch(`/api/v2/calls/${encodeURIComponent(callId)}/audio`, {
        signal: gone.signal,
      });
      if (!answer.ok || answer.body === null) {
        const failure: unknown = await answer.json().catch(() => undefined);
        const message =
          typeof failure === "object" && failure !== null && "message" in failure
            ? failure.message
            : undefined;
        end(typeof message === "string" ? message : `The server answered ${answer.status}.`);
        return;
      }
      await play(answer.body, context, onLevels);
      end();
    } catch (error) {
      if (!gone.signal.aborted) end(error instanceof Error ? error.message : String(error));
    }
  })();
  return () => end();
}

async function play(
  body: ReadableStream<Uint8Array>,
  context: AudioContext,
  onLevels: (levels: Levels) => void,
): Promise<void> {
  const reader = body.getReader();
  let toSkip = HEADER;
  let rest = new Uint8Array();
  let at = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const { value } = read;
    const skipped = Math.min(toSkip, value.length);
    toSkip -= skipped;
    const bytes = new Uint8Array(rest.length + value.length - skipped);
    bytes.set(rest);
    bytes.set(value.subarray(skipped), rest.length);
    const whole = bytes.length - (bytes.length % BYTES_A_FRAME);
    rest = bytes.slice(whole);
    if (whole === 0) continue;
    const { buffer, levels } = bufferOf(new DataView(bytes.buffer, 0, whole), context);
    onLevels(levels);
    const now = context.currentTime;
    if (at < now) at = now + HELD_BACK;
    if (at > now + MOST_BEHIND) continue;
    const source = new AudioBufferSourceNode(context, { buffer });
    source.connect(context.destination);
    source.start(at);
    at += buffer.duration;
  }
}

function bufferOf(pcm: DataView, context: AudioContext): { buffer: AudioBuffer; levels: Levels } {
  const frames = pcm.byteLength / BYTES_A_FRAME;
  const buffer = context.createBuffer(2, frames, RATE);
  const level = [0, 1].map((channel) => {
    const samples = buffer.getChannelData(channel);
    let sum = 0;
    for (let frame = 0; frame < frames; frame++) {
      const sample = pcm.getInt16(frame * BYTES_A_FRAME + channel * 2, true) / 32_768;
      samples[frame] = sample;
      sum += sample * sample;
    }
    return Math.sqrt(sum / frames);
  });
  return { buffer, levels: { caller: level[0] ?? 0, agent: level[1] ?? 0 } };
}
