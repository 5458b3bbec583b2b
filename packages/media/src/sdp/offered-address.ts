import { connectionOf, parseSdp } from "./session-description.ts";

/**
 * Where an offer wants its audio sent: the address of the first audio stream, else of the session. A leg has to be of
 * that family (RFC 3264 §6), whatever family its signalling is of.
 * @returns what stands in c=; undefined where there is none, or the SDP cannot be read
 */
export function offeredAddress(sdp: string): string | undefined {
  try {
    const session = parseSdp(sdp);
    const audio = session.media.find(({ media }) => media.toLowerCase() === "audio");
    return (audio === undefined ? session.connection : connectionOf(session, audio))?.address;
  } catch {
    return undefined;
  }
}
