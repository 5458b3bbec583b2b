import type { SendTarget } from "../environment.ts";
import { serialiseHost } from "../message/uri.ts";
import type { InviteOptions, OutgoingCall } from "../user-agent/call.ts";
import type { UserAgentOptions } from "../user-agent/options.ts";
import type { UserAgent } from "../user-agent/user-agent.ts";
import type { Attached } from "./network.ts";
import { Station } from "./station.ts";

export type EndpointHandlers = Partial<Omit<UserAgentOptions, "environment" | "contactFor">>;

/** Handlers made anew for each life of an endpoint, for an application that keeps something: a restart loses that as well. */
export type Application = (endpoint: Endpoint) => EndpointHandlers;

export interface CallOptions extends Partial<InviteOptions> {
  /** "udp" by default. */
  readonly transport?: SendTarget["transport"];
}

/** A user agent at an address of its own. */
export interface Endpoint extends Station<UserAgent> {
  /** Another one after each restart. */
  readonly userAgent: UserAgent;
  /**
   * Calls another, as `UserAgent.invite` with what is left out filled in: from this endpoint's name to the other's, with
   * `plainAudio` for an offer, straight to where the other is.
   * @throws SipUserAgentError too_many_calls
   * @throws SipParseError where a URI or header value cannot be written
   */
  call(to: Attached, options?: CallOptions): OutgoingCall;
}

/** The endpoint as it is made. */
export class UserAgentStation extends Station<UserAgent> implements Endpoint {
  get userAgent(): UserAgent {
    return this.resident;
  }

  call(to: Attached, options: CallOptions = {}): OutgoingCall {
    const { transport = "udp", ...rest } = options;
    const uri = uriOf(to, transport);
    return this.userAgent.invite({
      ...{ requestUri: uri, from: `<${uriOf(this, "udp")}>`, to: `<${rest.requestUri ?? uri}>` },
      ...{ sdp: plainAudio(this), target: { transport, address: to.address, port: to.port } },
      ...rest,
    });
  }
}

function uriOf({ name, address, port }: Attached, transport: SendTarget["transport"]): string {
  const params = transport === "udp" ? "" : `;transport=${transport}`;
  return `sip:${name}@${serialiseHost(address)}:${port}${params}`;
}

/** A session description of somebody who talks: nothing in a simulation looks into it. */
export function plainAudio({ address }: { readonly address: string }): string {
  const connection = `IN ${address.includes(":") ? "IP6" : "IP4"} ${address}`;
  const lines = ["v=0", `o=- 1 1 ${connection}`, "s=-", `c=${connection}`, "t=0 0", "m=audio 4000 RTP/AVP 0"];
  return `${lines.join("\r\n")}\r\n`;
}
