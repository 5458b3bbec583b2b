import { AppError } from "../../errors.ts";

/** What is dialled by DTMF after the answer: wait, then send, in order (spec §5: one second a comma). */
export type PostDial = readonly { readonly waitSeconds: number; readonly digits: string }[];

const MAX_WAIT_SECONDS = 120;
const MAX_DIGITS = 64;

/**
 * Splits "+15125550100,,,12" into the address and what follows its commas. Commas in the user part of a SIP URI are the user's.
 * @throws AppError destination_invalid
 */
export function splitPostDial(text: string): { address: string; digits: PostDial | undefined } {
  const at = /^sips?:/i.test(text) ? Math.max(0, text.lastIndexOf("@")) : 0;
  const comma = text.indexOf(",", at);
  if (comma === -1) return { address: text, digits: undefined };
  return { address: text.slice(0, comma), digits: readDigits(text.slice(comma)) };
}

function readDigits(text: string): PostDial {
  if (!/^(?:,+[0-9*#A-Da-d]+)+$/.test(text)) {
    throw new AppError(
      "destination_invalid",
      "After the destination's commas (one second each) come the digits to be dialled: 0-9, *, #, A-D, as in +15125550100,,,12.",
    );
  }
  const steps = [...text.matchAll(/(,+)([^,]+)/g)].map(([, commas = "", digits = ""]) => ({
    waitSeconds: commas.length,
    digits: digits.toUpperCase(),
  }));
  const waits = steps.reduce((sum, { waitSeconds }) => sum + waitSeconds, 0);
  const length = steps.reduce((sum, { digits }) => sum + digits.length, 0);
  if (waits > MAX_WAIT_SECONDS || length > MAX_DIGITS) {
    throw new AppError(
      "destination_invalid",
      `After the answer at most ${MAX_DIGITS} digits are dialled, in at most ${MAX_WAIT_SECONDS} seconds of waiting.`,
    );
  }
  return steps;
}
