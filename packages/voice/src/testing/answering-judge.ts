import { LineListener } from "@ringdown/media";

/** What the listener made of an answer. Times in ms since the answer. */
export interface Judged {
  who: string;
  reason: string;
  afterMs: number;
  /** A later result stood over this one. */
  revised: boolean;
  /** Ends of the beeps. */
  beeps: number[];
  greetingEnd: number | undefined;
}

/** @param heard 8 kHz, from the answer on */
export function judge(heard: Int16Array): Judged {
  const out: Judged = {
    who: "none",
    reason: "",
    afterMs: 0,
    revised: false,
    beeps: [],
    greetingEnd: undefined,
  };
  let now = 0;
  const listener = new LineListener({
    sampleRate: 8000,
    onAnsweredBy: ({ who, reason, afterMs, revised }) => {
      if (revised) out.revised = true;
      else Object.assign(out, { who, reason, afterMs });
    },
    onBeep: (beep) => out.beeps.push(beep.endedAt),
    onGreetingEnd: () => {
      out.greetingEnd = now;
    },
  });
  listener.answered();
  for (let at = 0; at + 160 <= heard.length; at += 160) {
    now += 20;
    listener.write(heard.subarray(at, at + 160), { concealed: false, silenceInserted: false });
  }
  return out;
}
