// A call from the console's own page: Chromium with a person's words for a microphone, SIP by JsSIP over the node's own web server,
// ICE, DTLS and SRTP by Chromium.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { assertAccessible } from "./accessibility.ts";
import type { Agent } from "./api-client.ts";
import { loudness, readWav, wavOf } from "./audio.ts";
import {
  chromiumPeer,
  complaintsOf,
  fakeMicrophone,
  firstSignIn,
  launchChromium,
  passwordLink,
  signInBy,
  startWithConsole,
} from "./console-browser.ts";
import { missingPeers, peersRequired, peerTest } from "./peer.ts";
import { people, personSays } from "./person.ts";
import type { RingdownProcess } from "./ringdown-process.ts";
import { eventually } from "./wait.ts";

/** Of what the page plays in the next two seconds, 0 to 1; sooner where it is loud. */
function loudestHeard(page: Page): Promise<number> {
  return page.evaluate(`(async () => {
    const sound = document.querySelector("audio").srcObject;
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(sound).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let loudest = 0;
    const until = performance.now() + 2_000;
    while (loudest < 0.1 && performance.now() < until) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      analyser.getFloatTimeDomainData(samples);
      for (const sample of samples) loudest = Math.max(loudest, Math.abs(sample));
    }
    await context.close();
    return loudest;
  })()`);
}

describe("the softphone in the browser", () => {
  const peers = [chromiumPeer, people];
  let ringdown: RingdownProcess;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let agent: Agent;
  let folder: string;
  let complaints: string[] = [];
  const options = {
    peers,
    onFailure: (error: unknown, name: string) => ringdown?.onFailure(error, name),
  };

  before(async () => {
    if (missingPeers(peers) !== undefined && !peersRequired) return;
    folder = mkdtempSync(join(tmpdir(), "ringdown-microphone-"));
    const microphone = join(folder, "microphone.wav");
    writeFileSync(microphone, wavOf(personSays("001", 1, 5, 9)));
    [ringdown, browser] = await Promise.all([
      startWithConsole(),
      launchChromium([
        ...[
          ...fakeMicrophone,
          `--use-file-for-fake-audio-capture=${microphone}`,
          "--autoplay-policy=no-user-gesture-required",
        ],
      ]),
    ]);
    context = await browser.newContext({ baseURL: ringdown.http, reducedMotion: "reduce" });
    context.setDefaultTimeout(10_000);
    complaints = complaintsOf(context);
    page = await context.newPage();
    agent = await ringdown.api.createAgent({
      ...{ username: "sales", autoRecordingNotification: "false" },
      welcomeMessage: "Hello, this is the sales line.",
      functions: [{ type: "say", name: "hours", key: "1", text: "We are open from nine to five." }],
    });
  });
  after(async () => {
    await browser?.close();
    await ringdown?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  peerTest(
    "a call from the agent's page: both voices are in the recording, a key is heard",
    options,
    async () => {
      await firstSignIn(page, ringdown);
      await page.goto(`/agents/${agent.id}`);
      await page.getByRole("button", { name: "Talk" }).click();
      await page.getByRole("button", { name: "Call", exact: true }).click();
      await page.getByRole("status").getByText("Talking").waitFor();
      const { id } = await eventually("the call is there", async () =>
        (await ringdown.api.calls()).find(({ from }) => from === "owner (browser)"),
      );
      const step = (name: string) =>
        eventually(`the step ${name}`, async () =>
          (await ringdown.api.call(id)).timeline.find(({ type }) => type === name),
        );
      await step("media_secured");
      await step("media_first_packet");
      await page.getByRole("button", { name: "Key 1", exact: true }).click();
      assert.ok((await loudestHeard(page)) > 0.05, "the browser plays what the agent says");
      await page.getByText("We are open from nine to five.").waitFor();
      await page.getByRole("button", { name: "Hang up" }).click();
      await page.getByRole("button", { name: "Call again" }).waitFor();
      const call = await eventually("it is over", async () => {
        const record = await ringdown.api.call(id);
        return record.state === "ended" && record;
      });
      assert.deepEqual([call.endedBy, call.endCode, call.codec], ["caller", "caller_hung_up", "PCMU"]);
      const { channels } = readWav(await ringdown.api.recording(id));
      const [caller = new Int16Array(), said = new Int16Array()] = channels;
      assert.ok(loudness(caller) > 200, `he is heard: ${loudness(caller)}`);
      assert.ok(loudness(said.subarray(0, 16_000)) > 200, "the first word is not lost");
      assert.deepEqual(complaints, []);
      await assertAccessible(page, "after a call");
    },
  );

  peerTest("the agent hangs up: the page says that it is over; a line opens once", options, async () => {
    const sockets: string[] = [];
    page.on("websocket", (socket) => sockets.push(socket.url()));
    await page.goto(`/agents/${agent.id}?talk=true`);
    await page.getByRole("button", { name: "Call", exact: true }).click();
    await page.getByRole("status").getByText("Talking").waitFor();
    const { id } = await eventually("the call runs", async () =>
      (await ringdown.api.calls()).find(({ state }) => state === "active"),
    );
    await eventually("it is secured", async () =>
      (await ringdown.api.call(id)).timeline.some(({ type }) => type === "media_secured"),
    );
    await ringdown.api.json("POST", `/api/v2/calls/${id}/hangup`);
    await page.getByRole("button", { name: "Call again" }).waitFor();
    const [url] = sockets;
    assert.match(url ?? "", /\/api\/v2\/softphone\?line=[\w-]{32}$/);
    // Whoever reads the line in a log cannot call by it.
    const again = await page.evaluate(
      (address) =>
        new Promise((resolve) => {
          const socket = new WebSocket(address, "sip");
          socket.onopen = () => resolve("open");
          socket.onerror = () => resolve("refused");
        }),
      url ?? "",
    );
    assert.equal(again, "refused");
    assert.ok(
      !ringdown.lines.join("\n").includes(url?.split("line=")[1] ?? "?"),
      "nor does it stand in ours",
    );
  });

  peerTest("a tab that is closed ends its call", options, async () => {
    const other = await context.newPage();
    await other.goto(`/agents/${agent.id}?talk=true`);
    await other.getByRole("button", { name: "Call", exact: true }).click();
    await other.getByRole("status").getByText("Talking").waitFor();
    const { id } = await eventually("the call runs", async () =>
      (await ringdown.api.calls()).find(({ state }) => state === "active"),
    );
    await other.close();
    const call = await eventually("it is over", async () => {
      const record = await ringdown.api.call(id);
      return record.state === "ended" && record;
    });
    assert.deepEqual([call.endedBy, call.endCode], ["caller", "browser_gone"]);
  });

  peerTest("a viewer is offered no call, and is given no line", options, async () => {
    await ringdown.api.json("POST", "/api/v2/users", { username: "vera", role: "viewer" });
    const theirs = await browser.newContext({ baseURL: ringdown.http });
    theirs.setDefaultTimeout(10_000);
    const theirPage = await theirs.newPage();
    await signInBy(theirPage, passwordLink(ringdown, "vera"), "veras own password");
    await theirPage.goto(`/agents/${agent.id}?talk=true`);
    await theirPage.getByRole("heading", { name: "sales", level: 1 }).waitFor();
    assert.equal(await theirPage.getByRole("button", { name: /^(Talk|Call)$/ }).count(), 0);
    const status = await theirPage.evaluate(
      async (path) => (await fetch(path, { method: "POST", headers: { "X-Ringdown-Console": "1" } })).status,
      `/api/v2/agents/${agent.id}/softphone`,
    );
    assert.equal(status, 403);
    await theirs.close();
  });
});
