// Kamailio as a PBX: what peers/kamailio-pbx.cfg offers to a test beside SIP itself.
import { RawUdp, requestText, statusOf } from "./raw-sip.ts";
import type { Address } from "./ringdown-process.ts";

/** Asks and tells the PBX on this port. */
export class PbxOperator {
  readonly #remote: Address;

  constructor(port: number) {
    this.#remote = { host: "127.0.0.1", port };
  }

  async isBound(extension: string): Promise<boolean> {
    const { status } = await this.#ask("OPTIONS", extension);
    if (status !== 200 && status !== 404) throw new Error(`the PBX answers ${status}`);
    return status === 200;
  }

  /** How often this extension has sent a REGISTER. */
  async registers(extension: string): Promise<number> {
    return Number((await this.#ask("OPTIONS", `count-${extension}`)).reason);
  }

  /** How often anybody has sent a REGISTER since it was started. */
  async allRegisters(): Promise<number> {
    return Number((await this.#ask("OPTIONS", "count-all")).reason);
  }

  /** How many extensions are bound. */
  async bindings(): Promise<number> {
    return Number((await this.#ask("OPTIONS", "bindings")).reason);
  }

  async setPassword(extension: string, password: string): Promise<void> {
    const { status } = await this.#ask("MESSAGE", `password-${extension}`, password);
    if (status !== 200) throw new Error(`the PBX answers ${status}`);
  }

  async #ask(
    method: string,
    user: string,
    body = "",
  ): Promise<{ status: number | undefined; reason: string }> {
    const socket = await RawUdp.open(this.#remote);
    try {
      const text = requestText(socket.local, this.#remote, {
        ...{ method, user, body },
        ...(body === "" ? {} : { headers: { "Content-Type": "text/plain" } }),
      });
      await socket.send(text);
      const answer = (await socket.final()) ?? "";
      return { status: statusOf(answer), reason: /^SIP\/2\.0 \d{3} (.*)/.exec(answer)?.[1]?.trim() ?? "" };
    } finally {
      await socket.close();
    }
  }
}
