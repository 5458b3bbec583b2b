// Keys for a side that has no telephone events and takes INFO: as PBXs and gateways are set to "SIP INFO".
import { type CallLeg, dtmfRelayType, serialiseDtmfRelay } from "@ringdown/sip";
import type { Clock } from "./clock.ts";

/** ms for which a key is held. */
const KEY_MS = 160;
/** ms between two keys. */
const GAP_MS = 100;
/** ms of a comma. */
const COMMA_MS = 1_000;

/** Whether keys may be sent so: the other side says that it takes INFO, and nothing against this kind of body. */
export function takesKeysByInfo(dialog: Pick<CallLeg, "takesInfo"> | undefined): boolean {
  return dialog?.takesInfo(dtmfRelayType) === true;
}

/**
 * One after the other, each when the one before it was taken: INFO has no order of its own over UDP.
 * @param keys `0` to `9`, `*`, `#`, `A` to `D`; `,` waits for a second
 * @returns what was not taken, from the first key that was refused on; "" when all were
 */
export async function sendKeysByInfo(
  dialog: Pick<CallLeg, "sendInfo">,
  keys: string,
  clock: Clock,
): Promise<string> {
  for (const [index, key] of [...keys].entries()) {
    if (key !== ",") {
      const status = await new Promise<number>((resolve) =>
        dialog.sendInfo(dtmfRelayType, serialiseDtmfRelay(key, KEY_MS), resolve),
      );
      if (status < 200 || status >= 300) return keys.slice(index);
    }
    const pause = key === "," ? COMMA_MS : KEY_MS + GAP_MS;
    await new Promise<void>((resolve) => clock.after(pause, resolve));
  }
  return "";
}
