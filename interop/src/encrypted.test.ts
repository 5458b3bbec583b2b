// A node that is reached by TLS and WebSocket, in both families: softphone, OpenSSL and a browser's WebSocket against it.
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe } from "node:test";
import { soundSeconds, tone } from "./audio.ts";
import { Baresip } from "./baresip.ts";
import { type CertificateFiles, openssl, TestAuthority } from "./certificates.ts";
import { endChild, startChild } from "./child.ts";
import { baresip, findProgram, peerTest } from "./peer.ts";
import { requestText, statusOf } from "./raw-sip.ts";
import { RingdownProcess } from "./ringdown-process.ts";
import { eventually, pause } from "./wait.ts";

/** OpenSSL's own client: verifies, sends what it is given, keeps what it gets. */
class TlsClient {
  output = "";
  readonly #child: ChildProcess;

  constructor(port: number, parameters: readonly string[], host = "127.0.0.1") {
    this.#child = startChild(
      findProgram(openssl.program) ?? openssl.program,
      ["s_client", "-connect", `${host}:${port}`, "-verify_return_error", "-crlf", "-ign_eof", ...parameters],
      { stdio: ["pipe", "pipe", "pipe"] },
    );
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
      });
    this.#child.stdin?.on("error", () => {});
  }

  get over(): boolean {
    return this.#child.exitCode !== null;
  }

  async shakenHands(): Promise<void> {
    await eventually(
      () => `a TLS session: ${this.output}`,
      () => this.output.includes("Verify return code: 0"),
    );
  }

  /** Sends OPTIONS, and waits for as many 200s in all. */
  async options(answers: number): Promise<void> {
    const place = { host: "127.0.0.1", port: 5061 };
    const text = requestText(place, place, {
      method: "OPTIONS",
      headers: { Via: `SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bK${answers};rport` },
    });
    this.#child.stdin?.write(text.replaceAll("\r\n", "\n"));
    await eventually(
      () => `${answers} answers: ${this.output}`,
      () => this.output.match(/^SIP\/2\.0 200 OK/gm)?.length === answers,
    );
  }

  async close(): Promise<void> {
    await endChild(this.#child, 1_000);
  }
}

describe("encrypted", { concurrency: 3 }, () => {
  let ringdown: RingdownProcess;
  let authority: TestAuthority;
  let folder: string;
  let files: CertificateFiles;
  const onFailure = (error: unknown, name: string): void => ringdown?.onFailure(error, name);
  const phones = { peers: [baresip, openssl], onFailure };
  const onlyOpenssl = { peers: [openssl], onFailure };
  const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
    all?.some(({ address }) => address === "::1"),
  );

  /** Puts another certificate in the place of the one in force, each file in one step. */
  function install(...names: readonly string[]): void {
    const issued = authority.issue(...names);
    for (const which of ["cert", "key"] as const) {
      copyFileSync(issued[which], `${files[which]}.new`);
      renameSync(`${files[which]}.new`, files[which]);
    }
  }

  before(async () => {
    if (findProgram(openssl.program) === undefined) return;
    authority = new TestAuthority("Interop authority");
    folder = mkdtempSync(join(tmpdir(), "ringdown-tls-"));
    files = { cert: join(folder, "node.crt"), key: join(folder, "node.key") };
    install("DNS:phone.test", "IP:127.0.0.1", "IP:::1");
    const six = hasIpv6 ? ",udp:[::1]:0,tls:[::1]:0,ws:[::1]:0" : "";
    ringdown = await RingdownProcess.start({
      environment: {
        RINGDOWN_SIP: `udp:127.0.0.1:0,tcp:127.0.0.1:0,tls:127.0.0.1:0,ws:127.0.0.1:0,wss:127.0.0.1:0${six}`,
        RINGDOWN_TLS_CERT: files.cert,
        RINGDOWN_TLS_KEY: files.key,
        RINGDOWN_WS_ORIGINS: "https://phone.test",
      },
    });
    await ringdown.api.createAgent({ username: "echo-line", title: "Echo", mode: "echo" });
  });
  after(async () => {
    await ringdown?.stop();
    authority?.remove();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  for (const [transport, address] of [
    ["tls", "127.0.0.1"],
    ["tls", "::1"],
    ["udp", "::1"],
  ] as const) {
    const user = `+1555010050${transport.length}${address.length}`;
    if (address === "::1" && !hasIpv6) continue;
    peerTest(`baresip calls by ${transport} on ${address} and hears itself`, phones, async () => {
      const phone = await Baresip.start({ user, transport, address, speech: tone(700, 30, 6_000) });
      const host = address.includes(":") ? `[${address}]` : address;
      try {
        await phone.dial(`sip:echo-line@${host}:${ringdown.port(transport, host)}`);
        await phone.event("CALL_ESTABLISHED");
        await pause(2_500);
        await phone.hangUp();
        await phone.event("CALL_CLOSED");
        const heard = await phone.heard();
        assert.ok(soundSeconds(heard.channels[0] ?? new Int16Array(), heard.sampleRate) > 1.5, "the echo");
        const call = await eventually("the record", async () =>
          (await ringdown.api.calls()).find((one) => one.from === user && one.state === "ended"),
        );
        assert.equal(call.endedBy, "caller");
      } finally {
        await phone.stop();
      }
    });
  }

  peerTest(
    "OpenSSL verifies the certificate by name and address, and no other name",
    onlyOpenssl,
    async () => {
      const trust = ["-CAfile", authority.cert];
      const port = ringdown.port("tls");
      for (const wanted of [
        ["-verify_hostname", "phone.test"],
        ["-verify_ip", "127.0.0.1"],
      ]) {
        const client = new TlsClient(port, [...trust, ...wanted]);
        await client.shakenHands();
        await client.options(1);
        await client.close();
      }
      const wrong = new TlsClient(port, [...trust, "-verify_hostname", "other.test"]);
      await eventually(
        () => `refused: ${wrong.output}`,
        () => wrong.over,
      );
      assert.match(wrong.output, /hostname mismatch/i);
      const old = new TlsClient(port, [...trust, "-tls1_1", "-cipher", "ALL@SECLEVEL=0"]);
      await eventually(
        () => `too old: ${old.output}`,
        () => old.over,
      );
      assert.match(old.output, /alert protocol version/);
    },
  );

  peerTest(
    "what browsers speak: a page of a listed origin, with the subprotocol sip",
    onlyOpenssl,
    async () => {
      // Node's own WebSocket is another program than the one that the node is made of.
      const url = `ws://127.0.0.1:${ringdown.port("ws")}/any/path`;
      const webSocket = new WebSocket(url, ["sip"]);
      await once(webSocket, "open");
      assert.equal(webSocket.protocol, "sip");
      const place = { host: "a1b2c3.invalid", port: 5060 };
      const via = "SIP/2.0/WS a1b2c3.invalid;branch=z9hG4bKbrowser";
      // No Content-Length is needed where each message has an end of its own (RFC 7118 §5).
      webSocket.send(
        requestText(place, place, { method: "OPTIONS", headers: { Via: via, "Content-Length": "" } }),
      );
      const [event] = (await once(webSocket, "message")) as [MessageEvent];
      assert.equal(statusOf(String(event.data)), 200);
      assert.match(
        String(event.data),
        /^Via: SIP\/2.0\/WS a1b2c3.invalid;branch=z9hG4bKbrowser;received=127.0.0.1\r$/m,
      );
      webSocket.close();
      await once(webSocket, "close");
      const other = new WebSocket(url, ["xmpp"]);
      await once(other, "error");
      assert.match(await upgradeWith("https://evil.test"), /^HTTP\/1.1 403 /);
      assert.match(await upgradeWith("https://phone.test"), /^HTTP\/1.1 101 /);
      assert.match(await upgradeWith(undefined), /^HTTP\/1.1 101 /);
    },
  );

  /** First line that a WebSocket's upgrade gets from a page of that origin. */
  async function upgradeWith(origin: string | undefined): Promise<string> {
    const socket = connect(ringdown.port("ws"), "127.0.0.1");
    socket.on("error", () => {});
    socket.write(
      `GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: sip\r\n` +
        `${origin === undefined ? "" : `Origin: ${origin}\r\n`}\r\n`,
    );
    const [answer] = (await once(socket, "data")) as [Buffer];
    socket.destroy();
    return answer.toString();
  }

  peerTest("handshakes that never end, and rubbish, leave the node answering", onlyOpenssl, async () => {
    const sockets = [];
    for (const protocol of ["tls", "ws", "wss"]) {
      for (let count = 0; count < 60; count++) {
        const socket = connect(ringdown.port(protocol), "127.0.0.1");
        socket.on("error", () => {});
        await once(socket, "connect");
        if (count % 3 === 1) socket.write(Buffer.from([22, 3, 1, 2, 0, 1, 0, 1]));
        if (count % 3 === 2)
          socket.write(requestText({ host: "127.0.0.1", port: 1 }, { host: "127.0.0.1", port: 1 }));
        sockets.push(socket);
      }
    }
    const client = new TlsClient(ringdown.port("tls"), ["-CAfile", authority.cert]);
    await client.shakenHands();
    await client.options(1);
    await client.close();
    for (const socket of sockets) socket.destroy();
    assert.ok(ringdown.alive);
  });
});

describe("certificates that change", () => {
  peerTest(
    "SIGHUP, and a change of the files, are followed without ending a connection",
    { peers: [openssl] },
    async () => {
      const authority = new TestAuthority("Interop authority");
      const folder = mkdtempSync(join(tmpdir(), "ringdown-tls-"));
      const place = { cert: join(folder, "node.crt"), key: join(folder, "node.key") };
      const install = (name: string): void => {
        const issued = authority.issue(`DNS:${name}`);
        for (const which of ["cert", "key"] as const) {
          copyFileSync(issued[which], `${place[which]}.new`);
          renameSync(`${place[which]}.new`, place[which]);
        }
      };
      install("first.test");
      const environment = {
        RINGDOWN_SIP: "udp:127.0.0.1:0,tcp:127.0.0.1:0,tls:127.0.0.1:0",
        ...{ RINGDOWN_TLS_CERT: place.cert, RINGDOWN_TLS_KEY: place.key },
      };
      const ringdown = await RingdownProcess.start({ environment });
      const readAgain = (name: string) =>
        eventually(
          () => `${name} is read\n${ringdown.tail()}`,
          () => ringdown.lines.some((line) => line.includes("read again") && line.includes(name)),
        );
      const verified = (name: string) =>
        new TlsClient(ringdown.port("tls"), ["-CAfile", authority.cert, "-verify_hostname", name]);
      try {
        const standing = verified("first.test");
        await standing.options(1);
        install("second.test");
        process.kill(ringdown.pid, "SIGHUP");
        await readAgain("second.test");
        const second = verified("second.test");
        await second.options(1);
        await second.close();
        install("third.test");
        await readAgain("third.test");
        const third = verified("third.test");
        await third.options(1);
        await third.close();
        copyFileSync(authority.issue("DNS:x.test").key, place.key);
        await eventually("the refusal", () => ringdown.lines.find((line) => line.includes("stays in force")));
        const still = verified("third.test");
        await still.options(1);
        await still.close();
        await standing.options(2);
        await standing.close();
      } catch (error) {
        ringdown.onFailure(error, "certificates that change");
        throw error;
      } finally {
        await ringdown.stop();
        authority.remove();
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );

  peerTest("a node without one makes its own, says so, and keeps it", { peers: [openssl] }, async () => {
    const dataFolder = mkdtempSync(join(tmpdir(), "ringdown-own-"));
    const environment = { RINGDOWN_SIP: "udp:127.0.0.1:0,tcp:127.0.0.1:0,tls:127.0.0.1:0" };
    const cert = join(dataFolder, "tls", "self-signed.crt");
    try {
      let fingerprint: string | undefined;
      for (let start = 0; start < 2; start++) {
        const ringdown = await RingdownProcess.start({ dataFolder, environment });
        try {
          await eventually("the hint", () =>
            ringdown.lines.find((line) => line.includes("of its own making")),
          );
          assert.ok(existsSync(cert));
          const found = String(execFileSync("openssl", ["x509", "-in", cert, "-noout", "-fingerprint"]));
          assert.equal(fingerprint ?? found, found);
          fingerprint = found;
          const client = new TlsClient(ringdown.port("tls"), ["-CAfile", cert, "-verify_ip", "127.0.0.1"]);
          await client.options(1);
          await client.close();
        } finally {
          await ringdown.stop();
        }
      }
    } finally {
      rmSync(dataFolder, { recursive: true, force: true });
    }
  });
});
