// Text to sound: POST /v1/audio/speech (OpenAI), and multi-stream-input by WebSocket (ElevenLabs).
import type { ServerResponse } from "node:http";
import type { WebSocket } from "ws";
import type { Faulty, Script } from "./script.ts";

export interface SpeechRequest {
  text: string;
  voice: string;
}

export interface SpeechReply extends Faulty {
  /** Signed 16-bit little-endian, mono, at the rate that the protocol names. */
  pcm: Buffer;
}

export type SpeechScript = Script<SpeechReply, SpeechRequest>;

/** Hz of OpenAI's `pcm`. */
export const SPEECH_RATE = 24_000;
/** ms of sound for each character: an even, fast speaker. */
const MS_A_CHARACTER = 55;

/** A tone as long as the text would take to say. @param sampleRate Hz */
export function toneFor(text: string, sampleRate: number, hertz = 400): Buffer {
  const samples = Math.round((text.length * MS_A_CHARACTER * sampleRate) / 1000);
  const pcm = Buffer.alloc(samples * 2);
  for (let index = 0; index < samples; index++)
    pcm.writeInt16LE(Math.round(6_000 * Math.sin((2 * Math.PI * hertz * index) / sampleRate)), index * 2);
  return pcm;
}

export async function answerSpeech(reply: SpeechReply, response: ServerResponse): Promise<void> {
  response.writeHead(200, { "Content-Type": "audio/pcm" });
  if (reply.fault === "drop") {
    response.write(reply.pcm.subarray(0, reply.pcm.length / 4));
    setImmediate(() => response.destroy());
    return;
  }
  response.end(reply.fault === "garbage" ? "this is not sound" : reply.pcm);
}

interface ElevenLabsPacket {
  text?: string;
  context_id?: string;
  flush?: boolean;
  close_context?: boolean;
}

/** Text comes in pieces for each context; flushed, it is spoken, with the times of its characters. */
export function speakBySocket(
  socket: WebSocket,
  script: SpeechScript,
  voice: string,
  sampleRate: number,
  wait: (ms: number) => Promise<void>,
): void {
  const texts = new Map<string, string>();
  const say = async (context: string): Promise<void> => {
    const text = (texts.get(context) ?? "").trim();
    texts.delete(context);
    if (text === "") return;
    const reply = script.next({ text, voice });
    if (reply.delayMs !== undefined) await wait(reply.delayMs);
    switch (reply.fault) {
      case "hang":
        return;
      case "garbage":
        socket.send("{not json");
        return;
      case "refuse":
      case "quota":
      case "unauthorised":
        socket.send(JSON.stringify({ error: reply.fault, contextId: context }));
        return;
      case "drop":
        socket.terminate();
        return;
      case undefined:
        break;
    }
    const characters = [...text];
    const ms = (reply.pcm.length / 2 / sampleRate) * 1000;
    const each = ms / characters.length;
    socket.send(
      JSON.stringify({
        contextId: context,
        audio: reply.pcm.toString("base64"),
        alignment: {
          chars: characters,
          charStartTimesMs: characters.map((_, index) => Math.round(index * each)),
          charDurationsMs: characters.map(() => Math.round(each)),
        },
      }),
    );
  };
  socket.on("message", (data) => {
    const packet = JSON.parse(String(data)) as ElevenLabsPacket;
    const context = packet.context_id ?? "";
    if (packet.text !== undefined) texts.set(context, (texts.get(context) ?? "") + packet.text);
    if (packet.flush === true) void say(context);
    if (packet.close_context !== true) return;
    void say(context).then(() => socket.send(JSON.stringify({ contextId: context, isFinal: true })));
  });
}
