// What no honest program sends. Each gets a clear answer or none; the process lives and running calls go on.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { after, before, describe } from "node:test";
import { muLaw, strongestAt } from "./audio.ts";
import { peerTest, sipp } from "./peer.ts";
import { offerText, RawTcp, RawUdp, requestText, statusOf } from "./raw-sip.ts";
import { RingdownProcess } from "./ringdown-process.ts";
import { RtpProbe } from "./rtp-probe.ts";
import { assertSippPassed, runSipp } from "./sipp.ts";
import { eventually, pause } from "./wait.ts";

describe("hostile input", () => {
  let ringdown: RingdownProcess;
  const onFailure = (error: unknown, name: string): void => ringdown?.onFailure(error, name);

  before(async () => {
    ringdown = await RingdownProcess.start();
    await ringdown.api.createAgent({ username: "echo-line", title: "Echo", mode: "echo" });
  });
  after(() => ringdown?.stop());

  /** The node still answers: OPTIONS over UDP, and the health page. */
  async function assertAnswers(): Promise<void> {
    assert.ok(ringdown.alive, "the process lives");
    const raw = await RawUdp.open(ringdown.udp);
    try {
      await raw.send(requestText(raw.local, ringdown.udp, { method: "OPTIONS" }));
      assert.equal(statusOf((await raw.final()) ?? ""), 200);
    } finally {
      await raw.close();
    }
    assert.equal((await ringdown.api.raw("GET", "/healthz")).status, 200);
  }

  /** Sends one message by UDP and gives the status of the final answer, or undefined when none comes. */
  async function answerTo(
    make: (raw: RawUdp) => string | Buffer,
    limitMs = 1_500,
  ): Promise<number | undefined> {
    const raw = await RawUdp.open(ringdown.udp);
    try {
      await raw.send(make(raw));
      const final = await raw.final(limitMs);
      return final === undefined ? undefined : statusOf(final);
    } finally {
      await raw.close();
    }
  }

  peerTest("a malformed INVITE with a readable Via: 400", { onFailure }, async () => {
    const faults: Record<string, string>[] = [
      { CSeq: "" },
      { CSeq: "not-a-number INVITE" },
      { CSeq: "1 BYE" },
      { From: "<sip:+15550100300@127.0.0.1" },
      { "Call-ID": "" },
      { To: "" },
    ];
    for (const headers of faults) {
      const status = await answerTo((raw) => requestText(raw.local, ringdown.udp, { headers }));
      assert.equal(status, 400, JSON.stringify(headers));
    }
    await assertAnswers();
  });

  peerTest("a Content-Length that lies: 400 over UDP", { onFailure }, async () => {
    const status = await answerTo((raw) =>
      requestText(raw.local, ringdown.udp, { headers: { "Content-Length": "5000" } }),
    );
    assert.equal(status, 400);
    await assertAnswers();
  });

  peerTest("too many hops, a wrong version, an unknown scheme: 483, 505, 416", { onFailure }, async () => {
    const hops = { headers: { "Max-Forwards": "0" } };
    assert.equal(await answerTo((raw) => requestText(raw.local, ringdown.udp, hops)), 483);
    const version = await answerTo((raw) =>
      requestText(raw.local, ringdown.udp).replace(" SIP/2.0\r\n", " SIP/7.0\r\n"),
    );
    assert.equal(version, 505);
    const scheme = await answerTo((raw) =>
      requestText(raw.local, ringdown.udp).replace(/^INVITE \S+/, "INVITE gopher:demo"),
    );
    assert.equal(scheme, 416);
  });

  peerTest(
    "rubbish, halves of messages, and nothing: no answer that matters, and no end",
    { onFailure },
    async () => {
      const raw = await RawUdp.open(ringdown.udp);
      try {
        const whole = requestText(raw.local, ringdown.udp, { body: offerText(40_000) });
        for (let round = 0; round < 150; round++) await raw.send(randomBytes(round * 7));
        for (let cut = 0; cut < whole.length; cut += 13)
          await raw.send(whole.slice(0, cut).replace("INVITE", "OPTION"));
        for (const text of [
          "",
          "\r\n",
          "\r\n\r\n",
          "\0\0\0\0",
          "SIP/2.0 200 OK\r\n\r\n",
          "INVITE\r\n\r\n",
          "INVITE  SIP/2.0\r\n",
        ]) {
          await raw.send(text);
        }
      } finally {
        await raw.close();
      }
      await assertAnswers();
    },
  );

  peerTest("a datagram of 64 KB", { onFailure }, async () => {
    // 65,507 bytes is the most that UDP over IPv4 carries.
    const padded = (raw: RawUdp, header: boolean): string => {
      const small = requestText(raw.local, ringdown.udp, { headers: { Subject: "" } });
      const fill = "a".repeat(65_507 - Buffer.byteLength(small) - 200);
      return header
        ? requestText(raw.local, ringdown.udp, { headers: { Subject: fill } })
        : requestText(raw.local, ringdown.udp, { body: fill });
    };
    for (const header of [true, false]) {
      const status = await answerTo((raw) => padded(raw, header));
      assert.ok(status === undefined || (status >= 400 && status < 500), `answer ${status}`);
    }
    await assertAnswers();
  });

  peerTest("SDP with 1,000 lines", { onFailure }, async () => {
    const many = Array.from({ length: 1_000 }, (_unused, index) => `a=nothing-${index}:x`);
    const status = await answerTo((raw) =>
      requestText(raw.local, ringdown.udp, { user: "echo-line", body: offerText(40_002, many) }),
    );
    assert.ok(status !== undefined && status >= 400 && status < 500, `answer ${status}`);
    await assertAnswers();
  });

  peerTest("SDP that is none, or has no audio: 4xx", { onFailure }, async () => {
    for (const body of [
      "hello\r\n",
      "v=0\r\n",
      offerText(40_004).replace("m=audio", "m=video"),
      "v=0\r\nm=audio 99999999 RTP/AVP 0\r\n",
    ]) {
      const status = await answerTo((raw) =>
        requestText(raw.local, ringdown.udp, { user: "echo-line", body }),
      );
      assert.ok(
        status !== undefined && status >= 400 && status < 500,
        `answer ${status} to ${JSON.stringify(body)}`,
      );
    }
    await assertAnswers();
  });

  peerTest("a TCP peer that sends a header for ever is cut off", { onFailure }, async () => {
    const tcp = await RawTcp.open(ringdown.tcp);
    try {
      tcp.socket.write("INVITE sip:demo@127.0.0.1 SIP/2.0\r\nSubject: ");
      const chunk = Buffer.alloc(16_384, 0x61);
      let written = 0;
      while (!tcp.ended && written < 8_000_000) {
        tcp.socket.write(chunk);
        written += chunk.length;
        await pause(1);
      }
      assert.ok(tcp.ended, `still taking bytes after ${written}`);
      assert.ok(written < 2_000_000, `cut off only after ${written} bytes`);
    } finally {
      tcp.close();
    }
    await assertAnswers();
  });

  peerTest(
    "a TCP peer whose body is longer than any body, or that speaks another protocol",
    { onFailure },
    async () => {
      for (const text of [
        "INVITE sip:demo@127.0.0.1 SIP/2.0\r\nContent-Length: 999999999\r\n\r\n",
        "INVITE sip:demo@127.0.0.1 SIP/2.0\r\nContent-Length: -5\r\n\r\n",
        `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n${"x".repeat(100_000)}\r\n\r\n`,
      ]) {
        const tcp = await RawTcp.open(ringdown.tcp);
        try {
          tcp.socket.write(text);
          await eventually(`the connection ends after ${text.slice(0, 70)}`, () => tcp.ended);
        } finally {
          tcp.close();
        }
      }
      await assertAnswers();
    },
  );

  peerTest("a TCP message in single bytes, and two in one write, are read right", { onFailure }, async () => {
    const tcp = await RawTcp.open(ringdown.tcp);
    try {
      tcp.socket.setNoDelay(true);
      const make = (): string =>
        requestText(tcp.local, ringdown.tcp, { method: "OPTIONS", transport: "TCP" });
      for (const byte of Buffer.from(make())) tcp.socket.write(Buffer.of(byte));
      await eventually("the first answer", () => tcp.text.match(/^SIP\/2\.0 200/gm)?.length === 1);
      tcp.socket.write(make() + make());
      await eventually("both answers", () => tcp.text.match(/^SIP\/2\.0 200/gm)?.length === 3);
      tcp.socket.write("\r\n\r\n");
      await eventually("the pong (RFC 5626)", () => tcp.text.endsWith("\r\n\r\n\r\n"));
    } finally {
      tcp.close();
    }
  });

  peerTest(
    "a flood of OPTIONS and of half-open TCP connections leaves the node answering",
    { onFailure },
    async () => {
      const raw = await RawUdp.open(ringdown.udp);
      const connections: RawTcp[] = [];
      try {
        for (let count = 0; count < 200; count++) connections.push(await RawTcp.open(ringdown.tcp));
        for (let count = 0; count < 1_000; count++) {
          await raw.send(requestText(raw.local, ringdown.udp, { method: "OPTIONS" }));
        }
      } finally {
        await raw.close();
        for (const connection of connections) connection.close();
      }
      await assertAnswers();
    },
  );

  peerTest("a stranger's RTP is not heard; the call goes on", { peers: [sipp], onFailure }, async () => {
    const probe = await RtpProbe.open();
    const stranger = createSocket("udp4");
    try {
      const run = runSipp({
        scenario: "call",
        remote: ringdown.udp,
        user: "echo-line",
        values: { hold: "4000", rtpPort: String(probe.port) },
      });
      const media = await eventually("RTP of the call", () => probe.remote);
      probe.play(1_000, 6_000);
      await eventually("the echo", () => strongestAt(probe.heard(), 1_000) > 3_000);
      const from = probe.packets.length;
      for (let round = 0; round < 100; round++) {
        const packet = Buffer.alloc(172);
        packet.writeUInt16BE(0x8000, 0);
        packet.writeUInt16BE(round, 2);
        packet.writeUInt32BE(round * 160, 4);
        packet.writeUInt32BE(0xdeadbeef, 8);
        for (let index = 0; index < 160; index++) {
          packet[12 + index] = muLaw(
            Math.round(12_000 * Math.sin((2 * Math.PI * 400 * (round * 160 + index)) / 8_000)),
          );
        }
        stranger.send(packet, media.port, media.address);
        stranger.send(randomBytes(round), media.port, media.address);
        await pause(15);
      }
      const heard = probe.heard(from);
      const result = await run;
      assertSippPassed(result);
      assert.ok(strongestAt(heard, 1_000) > 3_000, `our own tone: ${strongestAt(heard, 1_000)}`);
      assert.ok(strongestAt(heard, 400) < 1_000, `the stranger's tone: ${strongestAt(heard, 400)}`);
      // Strangers are counted only where they reach us: on a connected socket the kernel turns them away.
      const call = await ringdown.endedCall(result.callId);
      assert.equal(call.quality?.lost, 0, JSON.stringify(call.quality));
    } finally {
      stranger.close();
      await probe.close();
    }
  });

  peerTest("memory stays within bounds after all that", { onFailure }, async () => {
    const status = readFileSync(`/proc/${ringdown.pid}/status`, "utf8");
    const kilobytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
    assert.ok(kilobytes < 500_000, `${kilobytes} kB`);
  });
});
