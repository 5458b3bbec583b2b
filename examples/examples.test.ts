// Runs each example as its user would, and calls it.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { createSipStack, DigestServer, type SipStack, type SipStackOptions } from "@ringdown/sip";

class Example {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  #next: (() => void) | undefined;
  readonly ended: Promise<number | null>;

  constructor(name: string, parameters: readonly string[], environment: Record<string, string> = {}) {
    this.#child = spawn(process.execPath, [resolve(import.meta.dirname, name, "main.ts"), ...parameters], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, ...environment },
    });
    this.ended = once(this.#child, "close").then(([code]) => code as number | null);
    if (this.#child.stdout === null) throw new Error("no stdout");
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      this.#lines.push(line);
      this.#next?.();
    });
  }

  /** The first line like that, also one that has come already. */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      for (const line of this.#lines) {
        const match = pattern.exec(line);
        if (match !== null) return match;
      }
      await new Promise<void>((resolvePromise, reject) => {
        this.#next = resolvePromise;
        void this.ended.then(() => reject(new Error(`ended without ${pattern}: ${this.#lines.join("\n")}`)));
      });
    }
  }

  end(): Promise<number | null> {
    this.#child.kill("SIGTERM");
    return this.ended;
  }
}

async function withStack(
  handlers: Partial<SipStackOptions>,
  play: (stack: SipStack, port: number) => Promise<void>,
): Promise<void> {
  const stack = await createSipStack({
    listeners: [{ protocol: "udp", host: "127.0.0.1", port: 0 }],
    screen: () => "answer",
    onInvite: (call) => call.reject(480),
    ...handlers,
  });
  try {
    await play(stack, stack.transport.bound[0]?.port ?? 0);
  } finally {
    await stack.close();
  }
}

test("sip-echo answers a call and sends its audio back", () =>
  withStack({}, async ({ userAgent }) => {
    const example = new Example("sip-echo", ["0"]);
    const port = Number((await example.line(/^ready (\d+)/))[1]);
    const rtp = createSocket("udp4").bind(0, "127.0.0.1");
    await once(rtp, "listening");
    const sdp = [
      ...["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"],
      ...[`m=audio ${rtp.address().port} RTP/AVP 97 0`, "a=rtpmap:97 opus/48000/2", ""],
    ].join("\r\n");
    const call = userAgent.invite({
      requestUri: `sip:echo@127.0.0.1:${port}`,
      from: "<sip:test@127.0.0.1>",
      to: `<sip:echo@127.0.0.1:${port}>`,
      target: { transport: "udp", address: "127.0.0.1", port },
      sdp,
    });
    const answer = await new Promise<string>((resolvePromise, reject) => {
      call.onAnswered = (text) => resolvePromise(text ?? "");
      call.onEnded = ({ status }) => reject(new Error(`ended with ${status}`));
    });
    assert.match(answer, /^a=rtpmap:97 opus\/48000\/2\r$/m);
    const theirs = Number(/^m=audio (\d+) RTP\/AVP 97\r$/m.exec(answer)?.[1]);
    rtp.send("any packet", theirs, "127.0.0.1");
    const [echo] = (await once(rtp, "message")) as [Buffer];
    assert.equal(echo.toString(), "any packet");
    call.onEnded = undefined;
    call.hangUp();
    await example.line(/^ended .* by remote \(bye\), 1 packets$/);
    rtp.close();
    assert.equal(await example.end(), 0);
  }));

test("sip-options-ping tells how it found the server and what that said", () =>
  withStack({ serverHeader: "Test/1" }, async (_stack, port) => {
    const example = new Example("sip-options-ping", [`sip:127.0.0.1:${port}`]);
    await example.line(/^→ /);
    await example.line(/^udp 127\.0\.0\.1 port \d+: 200 OK in [\d.]+ ms; Test\/1; allows INVITE, /);
    assert.equal(await example.ended, 0);
    assert.equal(await new Example("sip-options-ping", ["sip:nowhere.invalid;transport=tls"]).ended, 1);
  }));

test("sip-register registers with its password, refuses calls, and takes the registration back", () => {
  const digest = new DigestServer({
    realm: "pbx.test",
    secret: "0123456789abcdef",
    randomToken: (bytes) => "5".repeat(2 * bytes),
    account: (username) => (username === "1001" ? { username, password: "secret" } : undefined),
  });
  const bindings: string[] = [];
  const registrar: Partial<SipStackOptions> = {
    extraMethods: ["REGISTER"],
    onRequest: (incoming) => {
      const { request } = incoming;
      if (request.method !== "REGISTER") return;
      const verdict = digest.verify(request, performance.now());
      if (!verdict.ok) {
        incoming.respond(verdict.status, { headers: digest.challenge(performance.now(), verdict.stale) });
        return;
      }
      const contact = request.headers.get("Contact") ?? "";
      bindings.push(`${contact} ${request.headers.get("Expires") ?? ""}`);
      incoming.respond(200, { headers: [["Contact", `${contact.replace(/;expires=\d+/, "")};expires=300`]] });
    },
  };
  return withStack(registrar, async ({ userAgent }, port) => {
    const parameters = ["sip:1001@pbx.test", `sip:127.0.0.1:${port}`];
    const example = new Example("sip-register", parameters, { SIP_PASSWORD: "secret" });
    await example.line(/^registered 200 OK, until /);
    const contact = /<(sip:[^>]+@[^:]+:(\d+)[^>]*)>/.exec(bindings[0] ?? "");
    assert.ok(contact?.[1] !== undefined);
    const call = userAgent.invite({
      ...{ requestUri: contact[1], from: "<sip:1002@pbx.test>", to: "<sip:1001@pbx.test>", sdp: "v=0\r\n" },
      target: { transport: "udp", address: "127.0.0.1", port: Number(contact[2]) },
    });
    const status = await new Promise<number | undefined>((resolvePromise) => {
      call.onEnded = (ended) => resolvePromise(ended.status);
    });
    assert.equal(status, 486);
    await example.line(/^call from <sip:1002@pbx\.test>/);
    assert.equal(await example.end(), 0);
    assert.match(bindings.at(-1) ?? "", /expires=0| 0$/);
    const wrong = new Example("sip-register", parameters, { SIP_PASSWORD: "wrong" });
    await wrong.line(/^rejected 401 .*\(wrong_password\)/);
    await wrong.end();
  });
});

test("sip-simulated-calls keeps every rule, and finds the fault that is planted", async () => {
  const example = new Example("sip-simulated-calls", ["60"]);
  await example.line(/caller → desk {2}INVITE /);
  await example.line(/^60 calls, [1-9]\d* put through, 60 hours in .* s: every rule was kept$/);
  assert.equal(await example.ended, 0);
  const faulty = new Example("sip-simulated-calls", ["60", "--fault"]);
  await faulty.line(/^Seed \d+ fails: nobody is left alone in a call: desk is/);
  assert.equal(await faulty.ended, 1);
});
