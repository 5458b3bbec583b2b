// Sound to text: POST /v1/audio/transcriptions (OpenAI), and live transcription by WebSocket (Deepgram).
import type { WebSocket } from "ws";
import type { Faulty, Script } from "./script.ts";

export interface TranscriptionRequest {
  /** Bytes of sound that came. */
  bytes: number;
}

export interface TranscriptionReply extends Faulty {
  text: string;
}

export type TranscriptionScript = Script<TranscriptionReply, TranscriptionRequest>;

/** Loudest sample of what counts as silence. */
const QUIET = 300;
/** ms of silence after which an utterance is over. */
const ENDPOINT_MS = 200;

/** Listens by loudness: an utterance gets interim results word by word, and at its end the final one. */
export function transcribeBySocket(
  socket: WebSocket,
  script: TranscriptionScript,
  sampleRate: number,
  wait: (ms: number) => Promise<void>,
): void {
  let heard = 0;
  let silentMs = 0;
  let reply: TranscriptionReply | undefined;
  let said = 0;
  const results = (text: string, isFinal: boolean): void => {
    socket.send(
      JSON.stringify({
        type: "Results",
        metadata: { request_id: "1" },
        is_final: isFinal,
        speech_final: isFinal,
        start: 0,
        duration: 1,
        channel: { alternatives: [{ transcript: text, confidence: 0.99, words: [] }] },
      }),
    );
  };
  const end = async (): Promise<void> => {
    const over = reply;
    reply = undefined;
    heard = said = silentMs = 0;
    if (over === undefined || over.fault === "hang") return;
    if (over.delayMs !== undefined) await wait(over.delayMs);
    if (over.fault === "drop" || over.fault === "refuse") socket.terminate();
    else if (over.fault === "garbage") socket.send("{not json");
    else results(over.text, true);
  };
  socket.on("message", (data, isBinary) => {
    if (!isBinary) {
      const { type } = JSON.parse(String(data)) as { type: string };
      if (type === "Finalize") void end();
      if (type === "CloseStream") socket.close();
      return;
    }
    const sound = data as Buffer;
    let peak = 0;
    for (let at = 0; at + 1 < sound.length; at += 2) peak = Math.max(peak, Math.abs(sound.readInt16LE(at)));
    const ms = (sound.length / 2 / sampleRate) * 1000;
    if (peak > QUIET) {
      heard += ms;
      silentMs = 0;
      if (reply === undefined) {
        reply = script.next({ bytes: sound.length });
        socket.send(JSON.stringify({ type: "SpeechStarted" }));
      }
      // A word each 300 ms, as they are spoken.
      const words = reply.text.split(" ");
      const now = Math.min(words.length, Math.floor(heard / 300));
      if (now > said && reply.fault === undefined) results(words.slice(0, now).join(" "), false);
      said = now;
    } else if (reply !== undefined) {
      silentMs += ms;
      if (silentMs >= ENDPOINT_MS) void end();
    }
  });
}
