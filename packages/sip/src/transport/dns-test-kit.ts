import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket as Stream } from "node:net";
import {
  type Answer,
  AUTHORITATIVE_ANSWER,
  decode,
  encode,
  type Packet,
  TRUNCATED_RESPONSE,
} from "dns-packet";

/** What the server says to one question; each part may be left out. */
export interface DnsReply {
  readonly answers?: readonly Answer[];
  readonly authorities?: readonly Answer[];
  readonly additionals?: readonly Answer[];
  /** 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED … Default 0. */
  readonly rcode?: number;
  /** Over UDP only "ask by TCP" is said. */
  readonly truncated?: boolean;
  /** Sent before the answer, with an id that is not the question's. */
  readonly forged?: readonly Answer[];
  /** How many times `forged` is sent. Default 1. */
  readonly forgeries?: number;
  /** These bytes instead of an answer. */
  readonly raw?: (query: Buffer) => Buffer;
}

export interface AskedQuestion {
  readonly key: string;
  readonly over: "udp" | "tcp";
  /** Source port of the question. */
  readonly port: number;
  readonly id: number;
  readonly edns: boolean;
}

/** By "TYPE name"; a function is called with the number of times that it was asked before; "silence" says nothing. */
export type DnsZone = Record<string, DnsReply | "silence" | ((before: number) => DnsReply | "silence")>;

export interface DnsTestServer {
  /** "127.0.0.1:port", the same for UDP and TCP. */
  readonly address: string;
  /** What a name gets that is in no zone is NXDOMAIN with an SOA of 60 s. May be changed at any time. */
  zone: DnsZone;
  readonly asked: AskedQuestion[];
  close(): Promise<void>;
}

export const soa: Answer = {
  type: "SOA",
  name: "example",
  ttl: 3_600,
  data: {
    mname: "ns.example",
    rname: "admin.example",
    serial: 1,
    refresh: 1,
    retry: 1,
    expire: 1,
    minimum: 60,
  },
};

/** A DNS server for tests, over UDP and TCP on 127.0.0.1, on a port that the system chooses. */
export async function startDnsTestServer(zone: DnsZone): Promise<DnsTestServer> {
  const { udp, tcp } = await bindBoth();
  const streams = new Set<Stream>();
  const asked: AskedQuestion[] = [];

  const replies = (query: Buffer, over: "udp" | "tcp", port: number): Buffer[] => {
    const packet = decode(query);
    const [question] = packet.questions ?? [];
    if (question === undefined) return [];
    const key = `${question.type} ${question.name.toLowerCase()}`;
    const before = asked.filter((each) => each.key === key).length;
    const edns = (packet.additionals ?? []).some(({ type }) => type === "OPT");
    asked.push({ key, over, port, id: packet.id ?? 0, edns });
    const entry = server.zone[key] ?? { rcode: 3, authorities: [soa] };
    const reply = typeof entry === "function" ? entry(before) : entry;
    if (reply === "silence") return [];
    if (reply.raw !== undefined) return [reply.raw(query)];
    const cut = over === "udp" && reply.truncated === true;
    const flags = AUTHORITATIVE_ANSWER | (reply.rcode ?? 0) | (cut ? TRUNCATED_RESPONSE : 0);
    const head: Packet = { type: "response", id: packet.id ?? 0, flags, questions: packet.questions };
    const body: Packet = cut
      ? {}
      : {
          answers: [...(reply.answers ?? [])],
          authorities: [...(reply.authorities ?? [])],
          additionals: [...(reply.additionals ?? [])],
        };
    const forged = reply.forged;
    const forgeries =
      forged === undefined || over === "tcp"
        ? []
        : Array.from({ length: reply.forgeries ?? 1 }, () =>
            encode({ ...head, id: ((packet.id ?? 0) + 1) & 0xffff, answers: [...forged] }),
          );
    return [...forgeries, encode({ ...head, ...body })];
  };

  udp.on("message", (query: Buffer, remote: RemoteInfo) => {
    for (const reply of replies(query, "udp", remote.port)) udp.send(reply, remote.port, remote.address);
  });
  tcp.on("connection", (stream: Stream) => {
    streams.add(stream);
    stream.on("close", () => streams.delete(stream));
    stream.on("error", () => stream.destroy());
    let received = Buffer.alloc(0);
    stream.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        for (const reply of replies(received.subarray(2, end), "tcp", stream.remotePort ?? 0)) {
          const length = Buffer.alloc(2);
          length.writeUInt16BE(reply.length);
          // In two writes: what comes in pieces has to be put together.
          stream.write(length);
          stream.write(reply);
        }
        received = received.subarray(end);
      }
    });
  });

  const server: DnsTestServer = {
    address: `127.0.0.1:${udp.address().port}`,
    zone,
    asked,
    async close() {
      for (const stream of streams) stream.destroy();
      const closed = Promise.all([once(udp, "close"), once(tcp, "close")]);
      udp.close();
      tcp.close();
      await closed;
    },
  };
  return server;
}

async function bindBoth(): Promise<{ udp: Socket; tcp: Server }> {
  for (;;) {
    const tcp = createServer();
    tcp.listen(0, "127.0.0.1");
    await once(tcp, "listening");
    const udp = createSocket("udp4");
    const { port } = tcp.address() as AddressInfo;
    const bound = await new Promise<boolean>((resolve) => {
      udp.once("error", () => resolve(false));
      udp.bind({ port, address: "127.0.0.1", exclusive: true }, () => resolve(true));
    });
    if (bound) return { udp, tcp };
    // Somebody has the number for UDP: take another.
    udp.close();
    tcp.close();
  }
}
