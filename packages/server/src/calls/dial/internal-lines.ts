// Calls from one agent to another of this node: true SIP calls, through our own listener.
import { isIPv6 } from "node:net";
import type { Listener, SendTarget } from "@ringdown/sip";
import { bracketed } from "../../config/endpoint.ts";
import { canonicalAddress } from "../../edge/address.ts";
import type { RegistrationContact } from "../../edge/judge-invite.ts";
import type { AgentDirectory } from "../../store/store.ts";

/** Good for one call, until it is closed. */
export interface InternalLine {
  readonly target: SendTarget;
  /** Its user is unguessable. */
  readonly requestUri: string;
  /** Nobody gets in by it any more. */
  close(): void;
}

export interface InternalLinesOptions {
  /** The listeners with their real ports. */
  bound(): readonly Listener[];
  readonly agents: Pick<AgentDirectory, "get">;
  randomToken(bytes: number): string;
}

const TOKEN_BYTES = 16;

interface Open {
  readonly agentId: string;
  readonly target: SendTarget;
}

/**
 * Names for agents that an INVITE of ours may ask for, as a registrar's asks for our Contact (spec §2, rule 1): each is known
 * to nobody else, counts from our own address alone, and only until the call that it was made for has been heard of.
 */
export class InternalLines {
  readonly #options: InternalLinesOptions;
  readonly #open = new Map<string, Open>();

  constructor(options: InternalLinesOptions) {
    this.#options = options;
  }

  /** undefined where nobody listens by UDP or TCP. */
  open(agentId: string): InternalLine | undefined {
    const target = this.#target();
    if (target === undefined) return undefined;
    const token = `agent-${this.#options.randomToken(TOKEN_BYTES)}`;
    this.#open.set(token, { agentId, target });
    const transport = target.transport === "udp" ? "" : `;transport=${target.transport}`;
    return {
      target,
      requestUri: `sip:${token}@${bracketed(target.address)}:${target.port}${transport}`,
      close: () => void this.#open.delete(token),
    };
  }

  get size(): number {
    return this.#open.size;
  }

  /** For the judgement of an INVITE: what a Request-URI's user stands for. */
  contact(user: string): RegistrationContact | undefined {
    const open = this.#open.get(user);
    const agent = open && this.#options.agents.get(open.agentId);
    if (open === undefined || agent === undefined) return undefined;
    return {
      agent,
      extension: agent.username,
      isRegistrar: (source) => canonicalAddress(source) === canonicalAddress(open.target.address),
      seenAs: undefined,
    };
  }

  #target(): SendTarget | undefined {
    const bound = this.#options.bound();
    for (const transport of ["udp", "tcp"] as const) {
      const listener = bound.find(({ protocol }) => protocol === transport);
      if (listener === undefined) continue;
      const { host, port } = listener;
      const isWildcard = host === "0.0.0.0" || host === "::";
      const address = isWildcard ? (isIPv6(host) ? "::1" : "127.0.0.1") : host;
      return { transport, address, port };
    }
    return undefined;
  }
}
