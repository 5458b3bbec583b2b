import type { AgentFunction, AgentProfile } from "../agent-profile.ts";
import type { EndCode } from "../errors.ts";
import { invalidKey, phrases } from "./attendant-phrases.ts";
import { functionMeaning, spokenMenu } from "./menu.ts";

/** What happens to the attendant. */
export type AttendantInput =
  | { type: "start" }
  | { type: "key"; key: string }
  /** The caller spoke; `meaning` as `menuPhrases` has it, undefined: not understood. */
  | { type: "utterance"; meaning: string | undefined }
  /** The caller was silent for the time that `listen` gave. */
  | { type: "silence" }
  /** A `say` is over. "cut": the caller's voice ended it; what he said comes as an utterance. */
  | { type: "spoken"; outcome: "heard" | "cut" | "failed" }
  /** A `wait` or a `fallback` is over. */
  | { type: "waited" }
  | { type: "recorded"; outcome: "saved" | "empty" | "failed" }
  | { type: "dtmfSent" }
  /** Call control has something to say; it is said next. */
  | { type: "announce"; id: number; text: string; interruptible: boolean }
  /** The caller talks to somebody else: nothing is done upon what he does, but announcements are said. */
  | { type: "suspend" }
  /** He is back; `note` is said first. */
  | { type: "resume"; note: string; next?: string }
  | { type: "tooLong" }
  /** Nothing can be said any more. */
  | { type: "broken"; code: EndCode };

/** What the attendant wants done. At most one of `say`, `wait`, `record`, `sendDtmf`, `listen` runs at a time. */
export type AttendantOutput =
  | { type: "say"; text: string; interruptible: boolean; announcement?: number }
  /** Stops what runs: speech at once, a recording is dropped. Its result is not reported any more. */
  | { type: "hush" }
  | { type: "wait"; ms: number }
  /** After a tone. Ends with `recorded`. */
  | { type: "record"; maxSeconds: number }
  /** The caller is done: what was recorded is kept, and reported by `recorded`. */
  | { type: "stopRecording" }
  | { type: "sendDtmf"; digits: string }
  | { type: "listen"; ms: number }
  /** The caller is to be put through; suspended from here on. */
  | { type: "transfer"; name: string }
  /** An announcement will not be said (any more). */
  | { type: "announced"; id: number; heard: boolean }
  /** A function was chosen. */
  | { type: "chosen"; name: string; kind: AgentFunction["type"] }
  /** Apologise by what needs neither session nor voice. */
  | { type: "fallback" }
  | { type: "end"; code: EndCode };

type Step =
  | { type: "say"; text: string; interruptible: boolean; announcement?: number }
  | { type: "wait"; ms: number }
  | { type: "record"; maxSeconds: number }
  | { type: "sendDtmf"; digits: string }
  | { type: "transfer"; name: string }
  | { type: "fallback" }
  | { type: "end"; code: EndCode };

export interface AttendantOptions {
  /** A recogniser listens: the menu says so, and speech that is not understood is asked for again. */
  speech: boolean;
}

const defaultMessageSeconds = 120;
/** Keys pressed while the recording notice is spoken. */
const mostHeldKeys = 4;
/** The last word is still in the caller's jitter buffer when it has left here: a BYE at once would cut it. */
const lastWordsMs = 200;
/** After so many mistakes in a row the whole menu is said again. */
const patience = 2;

/**
 * The attendant's judgement, without a clock, a voice or a line. One plan of steps runs; what the caller does
 * replaces it. When it is empty the attendant listens.
 */
export class AttendantMachine {
  readonly #profile: AgentProfile;
  readonly #speech: boolean;
  #plan: Step[] = [];
  #running: Step | undefined;
  #listening = false;
  /** "Is there anything else?" was the last question. */
  #asked = false;
  #mistakes = 0;
  #prompts = 0;
  #heldKeys: string[] = [];
  #ending = false;
  #over = false;
  #suspended = false;
  /** What came while suspended and cannot be left. */
  #owed: { type: "tooLong" } | { type: "broken"; code: EndCode } | undefined;

  constructor(profile: AgentProfile, options: AttendantOptions) {
    this.#profile = profile;
    this.#speech = options.speech;
  }

  get over(): boolean {
    return this.#over;
  }

  get suspended(): boolean {
    return this.#suspended;
  }

  get listening(): boolean {
    return this.#listening;
  }

  get recording(): boolean {
    return this.#running?.type === "record";
  }

  /** True while what is being said may be cut off by the caller. */
  get interruptible(): boolean {
    return this.#running?.type !== "say" || this.#running.interruptible;
  }

  handle(input: AttendantInput): AttendantOutput[] {
    if (this.#over)
      return input.type === "announce" ? [{ type: "announced", id: input.id, heard: false }] : [];
    switch (input.type) {
      case "start":
        return this.#begin();
      case "key":
        return this.#onKey(input.key);
      case "utterance":
        return this.#onUtterance(input.meaning);
      case "silence":
        return this.#onSilence();
      case "spoken":
        return this.#onSpoken(input.outcome);
      case "waited":
      case "dtmfSent":
        return this.#next();
      case "recorded":
        return this.#onRecorded(input.outcome);
      case "announce":
        return this.#onAnnounce(input);
      case "suspend":
        return this.#suspend();
      case "resume":
        return this.#resume(input.note, input.next);
      case "tooLong":
        if (this.#suspended) {
          this.#owed ??= input;
          return [];
        }
        return this.#ending ? [] : this.#replace(this.#farewell(phrases.callTooLong, "max_duration"), true);
      case "broken":
        if (this.#suspended) {
          this.#owed = input;
          return [];
        }
        return this.#replace(this.#apology(input.code), true);
    }
  }

  #suspend(): AttendantOutput[] {
    if (this.#suspended || this.#ending) return [];
    this.#suspended = true;
    this.#heldKeys = [];
    return this.#replace([]);
  }

  #resume(note: string, next: string | undefined): AttendantOutput[] {
    if (!this.#suspended) return [];
    this.#suspended = false;
    this.#mistakes = 0;
    this.#prompts = 0;
    const owed = this.#owed;
    this.#owed = undefined;
    if (owed?.type === "broken") return this.handle(owed);
    const plan = note.trim() === "" ? [] : [say(note), say(phrases.anythingElse), say(phrases.starForMenu)];
    if (owed !== undefined) {
      const goodbye = this.#farewell(phrases.callTooLong, "max_duration");
      return this.#replace([...plan.slice(0, 1), ...goodbye], true);
    }
    const chosen = this.#profile.functions.find(({ name }) => name === next);
    if (chosen !== undefined) {
      const done: AttendantOutput = { type: "chosen", name: chosen.name, kind: chosen.type };
      const steps = [...plan.slice(0, 1), ...this.#planFor(chosen)];
      return [done, ...this.#replace(steps, chosen.type === "endCall")];
    }
    const outputs = this.#replace(plan);
    this.#asked = plan.length > 0;
    return outputs;
  }

  #begin(): AttendantOutput[] {
    const { waitOnAnswer, recordingNotice, welcomeMessage } = this.#profile;
    const plan: Step[] = [];
    if (waitOnAnswer > 0) plan.push({ type: "wait", ms: waitOnAnswer });
    // The notice is owed to the caller: neither key nor voice cuts it.
    if (recordingNotice !== null && recordingNotice.trim() !== "") {
      plan.push({ type: "say", text: recordingNotice, interruptible: false });
    }
    if (welcomeMessage.trim() !== "") plan.push(say(welcomeMessage));
    plan.push(...this.#menu());
    return this.#replace(plan);
  }

  #menu(): Step[] {
    const menu = spokenMenu(this.#profile);
    if (menu === "") return [];
    return this.#speech ? [say(menu), say(phrases.speechToo)] : [say(menu)];
  }

  #onKey(key: string): AttendantOutput[] {
    if (this.#ending || this.#suspended) return [];
    if (this.#running?.type === "record") return key === "#" ? [{ type: "stopRecording" }] : [];
    if (this.#running?.type === "say" && !this.#running.interruptible) {
      if (this.#heldKeys.length < mostHeldKeys) this.#heldKeys.push(key);
      return [];
    }
    this.#prompts = 0;
    const chosen = this.#profile.functions.find((agentFunction) => agentFunction.key === key);
    if (chosen !== undefined) return this.#choose(chosen);
    if (key === "*" || key === "0") return this.#repeat();
    return this.#mistake(invalidKey(key));
  }

  #onUtterance(meaning: string | undefined): AttendantOutput[] {
    if (this.#ending || this.#suspended || this.#running?.type === "record") return [];
    if (this.#running?.type === "say" && !this.#running.interruptible) return [];
    const asked = this.#asked;
    this.#prompts = 0;
    if (meaning === undefined) return this.#mistake(this.#speech ? phrases.notUnderstood : phrases.keysOnly);
    const chosen = this.#profile.functions.find(
      (agentFunction) =>
        functionMeaning(agentFunction.name) === meaning ||
        (agentFunction.key !== undefined && meaning === `key:${agentFunction.key}`),
    );
    if (chosen !== undefined) return this.#choose(chosen);
    if (meaning.startsWith("key:")) return this.#onKey(meaning.slice(4));
    switch (meaning) {
      case "repeat":
      case "help":
        return this.#repeat();
      case "yes":
        return asked ? this.#repeat() : this.#mistake(phrases.notUnderstood);
      case "no":
        return asked ? this.#goodbye() : this.#mistake(phrases.notUnderstood);
      case "goodbye":
        return this.#goodbye();
      case "operator":
        return this.#operator();
      default:
        return this.#mistake(phrases.notUnderstood);
    }
  }

  #operator(): AttendantOutput[] {
    const zero = this.#profile.functions.find((agentFunction) => agentFunction.key === "0");
    if (zero !== undefined) return this.#choose(zero);
    return this.#replace([say(phrases.noOperator), ...this.#menu()]);
  }

  #goodbye(): AttendantOutput[] {
    const own = this.#profile.functions.find((agentFunction) => agentFunction.type === "endCall");
    return own === undefined
      ? this.#replace(this.#farewell(phrases.farewell, "agent_goodbye"), true)
      : this.#choose(own);
  }

  #repeat(): AttendantOutput[] {
    this.#mistakes = 0;
    const menu = this.#menu();
    return this.#replace(menu.length > 0 ? menu : [say(phrases.noChoices)]);
  }

  #mistake(text: string): AttendantOutput[] {
    this.#mistakes++;
    const menu = this.#menu();
    if (menu.length === 0) return this.#replace([say(`${text} ${phrases.noChoices}`)]);
    if (this.#mistakes < patience) return this.#replace([say(text), say(phrases.starForMenu)]);
    this.#mistakes = 0;
    return this.#replace([say(text), ...menu]);
  }

  #choose(chosen: AgentFunction): AttendantOutput[] {
    this.#mistakes = 0;
    const done: AttendantOutput = { type: "chosen", name: chosen.name, kind: chosen.type };
    const plan = this.#planFor(chosen);
    const outputs = this.#replace(plan, chosen.type === "endCall");
    this.#asked = chosen.type === "say" || chosen.type === "sendDtmf";
    return [done, ...outputs];
  }

  #planFor(chosen: AgentFunction): Step[] {
    switch (chosen.type) {
      case "say":
        return [say(chosen.text), say(phrases.anythingElse), say(phrases.starForMenu)];
      case "takeMessage":
        return [
          say(chosen.prompt?.trim() || phrases.messagePrompt),
          {
            type: "record",
            maxSeconds: Math.min(Math.max(chosen.maxSeconds ?? defaultMessageSeconds, 1), 600),
          },
        ];
      case "sendDtmf":
        return [{ type: "sendDtmf", digits: chosen.digits }, say(phrases.anythingElse)];
      case "transfer":
        return [
          { type: "say", text: phrases.puttingThrough, interruptible: false },
          { type: "transfer", name: chosen.name },
        ];
      case "endCall":
        return this.#farewell(chosen.farewell?.trim() || phrases.farewell, "agent_goodbye");
    }
  }

  /** Heard to its end: nothing cuts a goodbye. */
  #farewell(text: string, code: EndCode): Step[] {
    return [
      { type: "say", text, interruptible: false },
      { type: "wait", ms: lastWordsMs },
      { type: "end", code },
    ];
  }

  #apology(code: EndCode): Step[] {
    return [{ type: "fallback" }, { type: "wait", ms: lastWordsMs }, { type: "end", code }];
  }

  #onSilence(): AttendantOutput[] {
    if (!this.#listening) return [];
    this.#prompts++;
    const most = this.#profile.callerResponseTimeoutHangupCounter;
    if (most > 0 && this.#prompts > most) {
      return this.#replace(this.#farewell(phrases.silentGoodbye, "caller_silent"), true);
    }
    const menu = this.#menu();
    return this.#replace([say(phrases.stillThere), ...(this.#prompts > 1 || menu.length === 0 ? [] : menu)]);
  }

  #onSpoken(outcome: "heard" | "cut" | "failed"): AttendantOutput[] {
    const running = this.#running;
    if (running?.type !== "say") return [];
    const told = announced(running, outcome === "heard");
    if (outcome === "failed" && running.announcement === undefined) {
      return [...told, ...this.#replace(this.#apology("voice_failed"), true)];
    }
    if (outcome === "cut") {
      // The caller is speaking: nothing more is said until it is known what he wants.
      this.#running = undefined;
      if (!this.#ending) this.#plan = this.#announcements();
      return [...told, ...this.#next()];
    }
    const held = this.#heldKeys;
    // Who is being put through has chosen: the same key pressed again means nothing else.
    const isDecided = this.#ending || this.#plan[0]?.type === "transfer";
    if (held.length === 0 || isDecided) return [...told, ...this.#next()];
    const outputs = [...told];
    this.#heldKeys = [];
    this.#running = undefined;
    for (const key of held) outputs.push(...this.#onKey(key));
    return outputs;
  }

  #onRecorded(outcome: "saved" | "empty" | "failed"): AttendantOutput[] {
    if (this.#running?.type !== "record") return [];
    this.#running = undefined;
    const text = { saved: phrases.messageSaved, empty: phrases.messageEmpty, failed: phrases.messageFailed }[
      outcome
    ];
    const outputs = this.#replace([say(text), say(phrases.anythingElse), say(phrases.starForMenu)]);
    this.#asked = true;
    return outputs;
  }

  #onAnnounce(input: { id: number; text: string; interruptible: boolean }): AttendantOutput[] {
    if (this.#ending) return [{ type: "announced", id: input.id, heard: false }];
    const step: Step = {
      type: "say",
      text: input.text,
      interruptible: input.interruptible,
      announcement: input.id,
    };
    if (!this.#listening && !(this.#suspended && this.#running === undefined)) {
      // After what is being said and what was announced before, before the rest.
      const at = this.#plan.findLastIndex(
        (planned) => planned.type === "say" && planned.announcement !== undefined,
      );
      this.#plan.splice(at + 1, 0, step);
      return [];
    }
    this.#plan = [step];
    return this.#next();
  }

  /** A new plan in place of the old; what runs is hushed. */
  #replace(plan: Step[], ending = false): AttendantOutput[] {
    const outputs: AttendantOutput[] = [];
    if (this.#running !== undefined) {
      outputs.push({ type: "hush" }, ...announced(this.#running, false));
      this.#running = undefined;
    }
    // What call control announced is still said, unless this is the end.
    const kept = ending ? [] : this.#announcements();
    outputs.push(...this.#drop());
    this.#plan = [...kept, ...plan];
    this.#asked = false;
    this.#ending = ending;
    return [...outputs, ...this.#next()];
  }

  /** Takes what call control announced out of the plan. */
  #announcements(): Step[] {
    const kept = this.#plan.filter((step) => step.type === "say" && step.announcement !== undefined);
    this.#plan = this.#plan.filter((step) => !kept.includes(step));
    return kept;
  }

  /** Gives up what is planned; whoever announced something is told. */
  #drop(): AttendantOutput[] {
    return this.#plan.splice(0).flatMap((step) => announced(step, false));
  }

  #next(): AttendantOutput[] {
    this.#listening = false;
    const step = this.#plan.shift();
    this.#running = step;
    if (step === undefined) return this.#listen();
    if (step.type === "transfer") {
      this.#running = undefined;
      this.#suspended = true;
      this.#heldKeys = [];
      return [step, ...this.#drop()];
    }
    if (step.type !== "end") return [step];
    this.#over = true;
    return [step];
  }

  #listen(): AttendantOutput[] {
    this.#running = undefined;
    // nobody waits for the caller to say something to us
    if (this.#suspended) return [];
    this.#listening = true;
    return [{ type: "listen", ms: this.#profile.callerResponseTimeout * 1000 }];
  }
}

function say(text: string): Step {
  return { type: "say", text, interruptible: true };
}

function announced(step: Step, heard: boolean): AttendantOutput[] {
  if (step.type !== "say" || step.announcement === undefined) return [];
  return [{ type: "announced", id: step.announcement, heard }];
}
