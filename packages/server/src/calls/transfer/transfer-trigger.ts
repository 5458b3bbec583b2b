// Whether what a person said means that he takes the call: `attendedTransferBridgeTrigger` of facts §5.
import { RE2JS } from "re2js";
import { AppError } from "../../errors.ts";
import type { Trigger } from "./transfer-plan.ts";

/** Longest pattern, in characters. */
const longestPattern = 200;
/** Instructions of the compiled pattern; time to match is this times the text, and no more (RE2). */
const largestProgram = 500;
/** What is looked at of one utterance, in characters. */
const longestText = 300;

const yes = /\b(?:yes|yeah|yep|yup|sure|okay|ok|connect|put (?:him|her|them|it) through|go ahead)\b/i;
const no = /\b(?:no|nope|not now|decline|busy)\b/i;

/**
 * @param trigger null: "yes"; "any": whatever is said; else a regular expression, without regard to case
 * @throws AppError validation_failed: not a regular expression, or one with look-around, back-references or too large
 */
export function compileTrigger(trigger: string | null): Trigger {
  if (trigger === null)
    return { invitation: "Say yes, or press 1,", phrases: YES_OR_NO, judge: (text) => judgeYes(text) };
  if (trigger.toLowerCase() === "any")
    return { invitation: "Say something, or press 1,", phrases: [], judge: () => "take" };
  const pattern = compile(trigger);
  return {
    invitation: "Press 1",
    phrases: plainAlternatives(trigger),
    judge: (text) =>
      text !== undefined && pattern.matcher(text.slice(0, longestText)).find() ? "take" : undefined,
  };
}

const AGREED = ["yes", "yeah", "yep", "yup", "sure", "okay"];
const GO_ON = [
  "go ahead",
  "connect me",
  "connect them",
  "put him through",
  "put her through",
  "put them through",
];

/** What "yes" and "no" below are listened for as: one by itself, and as people say both in one breath. */
const YES_OR_NO: readonly string[] = [
  ...[...AGREED, "yes please", "connect", ...GO_ON],
  ...["yes", "sure", "okay"].flatMap((first) => GO_ON.map((then) => `${first} ${then}`)),
  ...["no", "nope", "no thanks", "no thank you", "not now", "no not now", "decline", "busy"],
];

/** Those branches of an expression that are plain words: what a recogniser without a language model can be told to listen for. */
function plainAlternatives(pattern: string): string[] {
  return pattern
    .replace(/\\[bsAz]|[\^$]|\(\?:/g, " ")
    .replace(/[()]/g, " ")
    .split("|")
    .map((branch) => branch.trim().replace(/\s+/g, " ").toLowerCase())
    .filter((branch) => /^[a-z' ]+$/.test(branch));
}

function judgeYes(text: string | undefined): "take" | "decline" | undefined {
  const heard = text?.slice(0, longestText) ?? "";
  // "No, yes" is no consent: in doubt the caller is not put through.
  if (no.test(heard)) return yes.test(heard) ? undefined : "decline";
  return yes.test(heard) ? "take" : undefined;
}

function compile(text: string): RE2JS {
  if (text.length > longestPattern) throw refused(`it is longer than ${longestPattern} characters`);
  if (text.trim() === "") throw refused("it is empty");
  let pattern: RE2JS;
  try {
    pattern = RE2JS.compile(text, RE2JS.CASE_INSENSITIVE);
  } catch (error) {
    throw refused(error instanceof Error ? error.message : "it cannot be read");
  }
  if (pattern.programSize() > largestProgram) throw refused("its repetitions make it too large");
  return pattern;
}

function refused(why: string): AppError {
  return new AppError(
    "validation_failed",
    `attendedTransferBridgeTrigger must be null, "any" or a regular expression of RE2's kind: ${why}.`,
  );
}
