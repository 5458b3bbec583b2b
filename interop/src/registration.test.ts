// The agent as an extension of a PBX that others wrote: registered, called by other extensions, and never a nuisance.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe } from "node:test";
import type { Agent, CallRecord } from "./api-client.ts";
import { AgentRegistration } from "./api-registration.ts";
import { soundSeconds, tone } from "./audio.ts";
import { Baresip } from "./baresip.ts";
import { type CertificateFiles, openssl, TestAuthority } from "./certificates.ts";
import { type Kamailio, type KamailioOptions, kamailio, kamailioTls, startKamailio } from "./kamailio.ts";
import { PbxOperator } from "./kamailio-pbx.ts";
import { baresip, findProgram, peerTest } from "./peer.ts";
import { RingdownProcess } from "./ringdown-process.ts";
import { eventually, pause } from "./wait.ts";

describe("registration at Kamailio", { concurrency: 3 }, () => {
  let ringdown: RingdownProcess;
  let authority: TestAuthority | undefined;
  let certificate: CertificateFiles | undefined;
  let agents = 0;
  const onFailure = (error: unknown, name: string): void => ringdown?.onFailure(error, name);

  before(async () => {
    if (findProgram(openssl.program) !== undefined) {
      authority = new TestAuthority("Interop authority");
      certificate = authority.issue("DNS:localhost");
    }
    ringdown = await RingdownProcess.start({
      environment: authority === undefined ? {} : { RINGDOWN_TLS_CA: authority.cert },
    });
    // What is proved here is not let in by the access list.
    for (const ip of ["127.0.0.1", "::1"]) {
      await ringdown.api.json("DELETE", "/api/v2/sip/ipWhitelist", { ip });
    }
  });
  after(async () => {
    await ringdown?.stop();
    authority?.remove();
  });

  interface Scene {
    pbx: Kamailio;
    operator: PbxOperator;
    agent: Agent;
    /** The agent's number at the PBX. */
    extension: string;
    account: { aor: string; password: string };
    registration: AgentRegistration;
    /** Kills the PBX, and starts another one in its place. */
    replace(pause?: () => Promise<unknown>): Promise<void>;
  }

  async function withScene(
    defines: readonly string[],
    play: (scene: Scene) => Promise<void>,
    options: KamailioOptions = {},
  ): Promise<void> {
    let pbx = await startKamailio(defines, "pbx", options);
    const extension = String(1_100 + ++agents);
    const agent = await ringdown.api.createAgent({ username: `extension-${extension}`, mode: "echo" });
    const registration = new AgentRegistration(ringdown.api, agent.id);
    try {
      await play({
        ...{ pbx, agent, registration, extension, operator: new PbxOperator(pbx.port) },
        account: { aor: `${extension}@pbx.test`, password: `secret${extension}` },
        replace: async (between) => {
          await pbx.kill();
          await between?.();
          pbx = await startKamailio(defines, "pbx", { ...options, ports: pbx });
        },
      });
    } finally {
      await registration.delete().catch(() => undefined);
      await pbx.stop();
    }
  }

  for (const [transport, algorithm, defines] of [
    ["udp", "MD5", []],
    ["tcp", "MD5", []],
    ["tls", "MD5", []],
    ["udp", "SHA-256", ["WITH_SHA256"]],
    ["tcp", "SHA-256", ["WITH_SHA256"]],
    ["tls", "SHA-256", ["WITH_SHA256"]],
  ] as const) {
    const name = `${transport}, ${algorithm}: an extension calls the agent and hears it`;
    const peers = [kamailio, baresip, ...(transport === "tls" ? [kamailioTls, openssl] : [])];
    peerTest(name, { peers, onFailure }, () =>
      withScene(
        defines,
        async ({ pbx, operator, agent, registration, extension, account }) => {
          const port = transport === "tls" ? pbx.tlsPort : pbx.port;
          const proxy = `localhost:${port}`;
          assert.equal(await registration.put({ ...account, proxy, transport }), 201);
          const state = await registration.until("registered");
          assert.deepEqual([state.lastCode, state.lastReason], [200, "OK"]);
          assert.equal(state.target, `${transport}:127.0.0.1:${port}`);
          assert.ok(Date.parse(state.expiresAt ?? "") > Date.now());
          assert.equal(await operator.registers(extension), 2);
          const said = await registration.captures();
          assert.deepEqual(
            said.map(({ direction, line }) => `${direction} ${line.replace(/ sip:.*| SIP\/2.0$/, "")}`),
            ["out REGISTER", "in SIP/2.0 401 Unauthorized", "out REGISTER", "in SIP/2.0 200 OK"],
          );
          assert.match(said[2]?.message ?? "", /^Authorization: Digest .*\bresponse="x+"/im);
          assert.ok(said.every((one) => one.transport === transport));
          assert.equal(await operator.isBound(extension), true);

          const phone = await Baresip.start({
            user: "1002",
            pbx: { port: pbx.port, password: "secret1002" },
            speech: tone(700, 30, 6_000),
          });
          try {
            await phone.dial(`sip:${extension}@127.0.0.1:${pbx.port}`);
            await phone.event("CALL_ESTABLISHED");
            await pause(2_500);
            await phone.hangUp();
            await phone.event("CALL_CLOSED");
            const heard = await phone.heard();
            const seconds = soundSeconds(heard.channels[0] ?? new Int16Array(), heard.sampleRate);
            assert.ok(seconds > 1.5, `the echo is heard for ${seconds} s`);
          } finally {
            await phone.stop();
          }
          const call = await eventually("the call's record", async () =>
            (await ringdown.api.calls()).find(
              ({ agentId, state }) => agentId === agent.id && state === "ended",
            ),
          );
          assert.deepEqual([call.from, call.to, call.endedBy], ["1002", extension, "caller"]);
          await registration.delete();
          assert.equal(await operator.isBound(extension), false);
        },
        transport === "tls" && authority && certificate
          ? { tls: { ...certificate, ca: authority.cert } }
          : {},
      ),
    );
  }

  for (const transport of ["udp", "tcp", "tls"] as const) {
    const peers = [kamailio, baresip, ...(transport === "tls" ? [kamailioTls, openssl] : [])];
    peerTest(
      `${transport}: the agent calls an extension, with digest, and both are heard`,
      { peers, onFailure },
      () =>
        withScene(
          [],
          async ({ pbx, operator, agent, registration, account }) => {
            const port = transport === "tls" ? pbx.tlsPort : pbx.port;
            await registration.put({ ...account, proxy: `localhost:${port}`, transport });
            await registration.until("registered");
            const phone = await Baresip.start({
              ...{ user: "1003", pbx: { port: pbx.port, password: "secret1003" }, registers: true },
              speech: tone(700, 30, 6_000),
            });
            try {
              await eventually("the phone is registered", () => operator.isBound("1003"));
              const path = `/api/v2/calls?targetAccountId=${agent.id}`;
              const { call } = await ringdown.api.json<{ call: CallRecord }>("POST", path, {
                target: "ext:1003",
              });
              await phone.event("CALL_ESTABLISHED");
              await pause(2_000);
              await phone.hangUp();
              await phone.event("CALL_CLOSED");
              const heard = await phone.heard();
              const seconds = soundSeconds(heard.channels[0] ?? new Int16Array(), heard.sampleRate);
              assert.ok(seconds > 1, `the echo is heard for ${seconds} s`);
              const ended = await eventually("the call's record", async () => {
                const record = await ringdown.api.call(call.id);
                return record.state === "ended" && record;
              });
              assert.deepEqual(
                [ended.direction, ended.to, ended.endedBy],
                ["outbound", "ext:1003", "caller"],
              );
              assert.match(JSON.stringify(ended.timeline), new RegExp(`registration ${account.aor}`));
            } finally {
              await phone.stop();
            }
          },
          transport === "tls" && authority && certificate
            ? { tls: { ...certificate, ca: authority.cert } }
            : {},
        ),
    );
  }

  peerTest(
    "a wrong password shows within a second, and is not hammered",
    { peers: [kamailio], onFailure },
    () =>
      withScene(["WITH_BRIEF"], async ({ pbx, operator, registration, extension, account }) => {
        const proxy = `127.0.0.1:${pbx.port}`;
        const begun = performance.now();
        await registration.put({ ...account, password: "wrong", proxy });
        const refused = await registration.until("rejected");
        assert.ok(performance.now() - begun < 1_000, "within a second");
        assert.deepEqual([refused.lastCode, refused.fault], [401, "wrong_password"]);
        const next = Date.parse(refused.nextAttemptAt ?? "") - Date.now();
        assert.ok(next > 25_000, `tried again in ${next} ms`);
        await registration.put(account);
        await registration.until("registered");
        // Bindings of 8 s: the next refresh meets the new password, and then there is quiet.
        await operator.setPassword(extension, "changed");
        await registration.until("rejected", 20_000);
        const sent = await operator.registers(extension);
        await pause(10_000);
        assert.equal(await operator.registers(extension), sent);
        await registration.put({ password: "changed" });
        await registration.until("registered");
        assert.ok((await operator.registers(extension)) <= sent + 2);
      }),
  );

  peerTest(
    "udp: a PBX that is killed and comes back without a memory is registered at again",
    { peers: [kamailio], onFailure, timeout: 120_000 },
    () =>
      withScene(["WITH_BRIEF"], async ({ pbx, operator, registration, extension, account, replace }) => {
        await registration.put({
          ...{ ...account, proxy: `127.0.0.1:${pbx.port}` },
        });
        await registration.until("registered");
        await replace(() => pause(2_000));
        assert.equal(await operator.isBound(extension), false);
        await eventually("it is bound again", () => operator.isBound(extension), 60_000);
        await registration.until("registered");
      }),
  );

  peerTest(
    "tcp: a PBX that is killed is seen to be gone, and registered at again within the back-off",
    { peers: [kamailio], onFailure, timeout: 120_000 },
    () =>
      withScene([], async ({ pbx, operator, registration, extension, account, replace }) => {
        const proxy = `127.0.0.1:${pbx.port}`;
        await registration.put({ ...account, proxy, transport: "tcp" });
        await registration.until("registered");
        await replace(async () => {
          const gone = await registration.until("unreachable", 5_000);
          assert.equal(gone.fault, "connection_failed");
          const wait = Date.parse(gone.nextAttemptAt ?? "") - Date.now();
          assert.ok(wait > 20_000 && wait <= 60_000, `tried again in ${wait} ms`);
        });
        await registration.until("registered", 70_000);
        assert.equal(await operator.registers(extension), 2);
        assert.equal(await operator.isBound(extension), true);
      }),
  );

  peerTest(
    "a PBX that cannot be found or is not there: said, with what to look at",
    { peers: [kamailio], onFailure },
    () =>
      withScene([], async ({ registration }) => {
        await registration.put({ aor: "1001@no-such-name.invalid", password: "x" });
        const unknown = await registration.until("unreachable");
        assert.equal(unknown.fault, "no_address");
        assert.match(unknown.hint ?? "", /no-such-name\.invalid/);
        await registration.put({ proxy: "127.0.0.1:1", transport: "tcp" });
        const refused = await eventually("the connection is refused", async () => {
          const now = await registration.get();
          return now.fault === "connection_failed" && now;
        });
        assert.match(
          refused.hint ?? "",
          /^No connection with tcp:127\.0\.0\.1:1 \(.*REFUSED.*\): check proxy/,
        );
      }),
  );

  peerTest(
    "SIGTERM takes the binding back, and the next start makes it again",
    { peers: [kamailio], onFailure },
    () =>
      withScene([], async ({ pbx, operator }) => {
        const dataFolder = mkdtempSync(join(tmpdir(), "ringdown-interop-"));
        let node = await RingdownProcess.start({ dataFolder });
        try {
          const [agent] = await node.api.agents();
          const registration = new AgentRegistration(node.api, agent?.id ?? "");
          await registration.put({
            aor: "1003@pbx.test",
            password: "secret1003",
            proxy: `127.0.0.1:${pbx.port}`,
          });
          await registration.until("registered");
          assert.equal(await operator.isBound("1003"), true);
          assert.equal((await node.stop()).code, 0);
          assert.equal(await operator.isBound("1003"), false);
          node = await RingdownProcess.start({ dataFolder });
          await eventually("it is bound again", () => operator.isBound("1003"));
        } finally {
          await node.stop();
          rmSync(dataFolder, { recursive: true, force: true });
        }
      }),
  );
});
