import type { Address, SendTarget, SipStack, UserAgent } from "@ringdown/sip";

/** Where requests for a URI go, in the order to be tried. */
export interface LocatedRegistrar {
  readonly targets: readonly SendTarget[];
  /** Why there is none: a sentence. */
  readonly failure?: string;
}

/** What registrations need of the world. */
export interface RegistrationNetwork {
  readonly userAgent: Pick<UserAgent, "transact" | "openDialog">;
  /** Our own address towards a target, as far as this machine knows it. */
  contactFor(target: SendTarget): Address;
  /** Never rejects. */
  locate(uri: string): Promise<LocatedRegistrar>;
  /** Sends bytes that are no message. */
  sendRaw(target: SendTarget, bytes: Buffer): void;
}

export function createRegistrationNetwork(
  stack: Pick<SipStack, "userAgent" | "transport" | "locate">,
  contactFor: RegistrationNetwork["contactFor"],
): RegistrationNetwork {
  return {
    userAgent: stack.userAgent,
    contactFor,
    sendRaw: (target, bytes) => stack.transport.send(target, bytes),
    locate: async (uri) => {
      try {
        const { targets, skipped, failure } = await stack.locate(uri);
        return {
          // Calls pass by what failed lately. A registration has pauses of its own, and tries all that there is.
          targets: [...targets, ...skipped.map(({ target }) => target)].map(
            ({ transport, address, port, serverName }) => ({ transport, address, port, serverName }),
          ),
          ...(failure && { failure: failure.sentence }),
        };
      } catch (error) {
        // A registrar may redirect to what is no SIP URI.
        return { targets: [], failure: error instanceof Error ? error.message : String(error) };
      }
    },
  };
}
