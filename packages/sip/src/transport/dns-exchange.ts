import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect, isIPv6 } from "node:net";
import type { DnsQuestion } from "../locate/dns.ts";
import { type DnsReading, encodeQuery, longestResponse, readResponse } from "../locate/dns-message.ts";

/** A DNS server: IP literal and port. */
export interface DnsServer {
  readonly address: string;
  readonly port: number;
}

export type Exchanged =
  | DnsReading
  | { kind: "timeout" }
  | { kind: "unreachable"; sentence: string }
  /** So many wrong answers that somebody is guessing: ask by TCP, where guessing is of no use. */
  | { kind: "besieged" };

/** Ends an exchange from outside: each puts its own end in, and takes it out when it is over. */
export type Cancellations = Set<() => void>;

const foreignBorne = 16;

/** An exchange ends once: by its answer, by its time-out or by a cancellation; `close` is called then. */
function endOnce(
  resolve: (result: Exchanged) => void,
  close: () => void,
  timeoutMs: number,
  cancellations: Cancellations,
): { readonly over: boolean; end(result: Exchanged): void } {
  let over = false;
  const end = (result: Exchanged): void => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    cancellations.delete(cancel);
    close();
    resolve(result);
  };
  const cancel = (): void => end({ kind: "timeout" });
  const timer = setTimeout(cancel, timeoutMs);
  cancellations.add(cancel);
  return {
    get over() {
      return over;
    },
    end,
  };
}

/**
 * One query and its answer over UDP, from a socket of its own: so each has a port of its own, drawn by the system,
 * and with the id 32 bits that a forger has to guess (RFC 5452 §9.2). The socket is connected: the kernel lets in
 * only what comes from the server, and tells when nobody listens there.
 */
export function exchangeUdp(
  server: DnsServer,
  question: DnsQuestion,
  edns: boolean,
  timeoutMs: number,
  cancellations: Cancellations,
): Promise<Exchanged> {
  return new Promise((resolve) => {
    const id = randomInt(0x10000);
    const family = isIPv6(server.address) ? 6 : 4;
    const socket = createSocket({
      type: family === 6 ? "udp6" : "udp4",
      lookup: (name, _options, callback) => callback(null, name, family),
    });
    let foreign = 0;
    const ending = endOnce(resolve, () => socket.close(), timeoutMs, cancellations);
    const { end } = ending;
    const fail = (error: Error): void => end({ kind: "unreachable", sentence: error.message });
    socket.on("error", fail);
    socket.on("message", (bytes) => {
      if (ending.over) return;
      const reading = readResponse(bytes, id, question, edns);
      if (reading.kind !== "foreign") end(reading);
      else if (++foreign >= foreignBorne) end({ kind: "besieged" });
    });
    socket.connect(server.port, server.address, (error?: Error) => {
      if (ending.over) return;
      if (error instanceof Error) return fail(error);
      socket.send(encodeQuery(id, question, edns), (failed) => {
        if (failed !== null) fail(failed);
      });
    });
  });
}

/** One query and its answer over a TCP connection of its own (RFC 7766). */
export function exchangeTcp(
  server: DnsServer,
  question: DnsQuestion,
  timeoutMs: number,
  cancellations: Cancellations,
): Promise<Exchanged> {
  return new Promise((resolve) => {
    const id = randomInt(0x10000);
    const socket = connect({ host: server.address, port: server.port });
    let received = Buffer.alloc(0);
    const ending = endOnce(resolve, () => socket.destroy(), timeoutMs, cancellations);
    const { end } = ending;
    socket.on("connect", () => {
      const query = encodeQuery(id, question, false);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(query.length);
      socket.write(Buffer.concat([length, query]));
    });
    socket.on("data", (chunk) => {
      if (ending.over) return;
      received = Buffer.concat([received, chunk]);
      if (received.length < 2) return;
      const length = received.readUInt16BE(0);
      if (length > longestResponse)
        return end({ kind: "failed", reason: "malformed", sentence: `the answer has ${length} bytes` });
      if (received.length < 2 + length) return;
      const reading = readResponse(received.subarray(2, 2 + length), id, question, false);
      const nonsense = reading.kind === "foreign" || reading.kind === "truncated";
      end(
        nonsense
          ? { kind: "failed", reason: "malformed", sentence: "the answer is to another question" }
          : reading,
      );
    });
    socket.on("error", (error) => end({ kind: "unreachable", sentence: error.message }));
    socket.on("close", () => end({ kind: "unreachable", sentence: "the server closed the connection" }));
  });
}
