import { isSipUri, parseUri, serialiseUri } from "@ringdown/sip";
import type { Destination } from "../calls/dial/destination.ts";

/** The one spelling of all destinations that reach the same phone; digits dialled after the answer are no part of it. */
export function targetKey(destination: Destination): string {
  switch (destination.kind) {
    case "number":
      return destination.number;
    case "extension":
      return `ext:${destination.extension}`;
    case "peer":
      return destination.uri;
    case "agent":
      return `agent:${destination.agentId}`;
    case "sip": {
      const uri = parseUri(destination.uri);
      return isSipUri(uri) ? serialiseUri({ ...uri, host: uri.host.toLowerCase() }) : destination.uri;
    }
  }
}
