// The console in Chromium, walked as an operator walks it, against a node with real calls by SIPp.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe } from "node:test";
import { FakeProviders, lastUserText } from "@ringdown/fake-providers";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { assertAccessible } from "./accessibility.ts";
import {
  chromiumPeer,
  complaintsOf,
  firstLink,
  firstSignIn,
  launchChromium,
  PASSWORD,
  passwordLink,
  signInBy,
  startWithConsole,
} from "./console-browser.ts";
import { callThatLeaves, callWithLoss, furnish } from "./console-scene.ts";
import { kamailio, startKamailio } from "./kamailio.ts";
import { type ShopServer, shopServer } from "./mcp-server.ts";
import { missingPeers, peersRequired, peerTest, sipp } from "./peer.ts";
import type { RingdownProcess } from "./ringdown-process.ts";
import { assertSippPassed, runSipp } from "./sipp.ts";
import { webhookReceiver } from "./webhook-receiver.ts";

const peers = [chromiumPeer, sipp];
/** Compressed bytes of scripts that the first page may take. */
const SCRIPT_BUDGET = 300 * 1024;
const EVIL = "<img src=x onerror=window.pwned=1>";

describe("the console", () => {
  let ringdown: RingdownProcess;
  let fake: FakeProviders;
  let shop: ShopServer;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[] = [];
  const options = {
    peers,
    onFailure: (error: unknown, name: string) => ringdown?.onFailure(error, name),
  };

  before(async () => {
    if (missingPeers(peers) !== undefined && !peersRequired) return;
    [fake, shop] = await Promise.all([FakeProviders.start(), shopServer()]);
    const environment = {
      ...{ OPENAI_API_KEY: "sk-from-the-environment", OPENAI_BASE_URL: fake.url },
      RINGDOWN_OUTGOING_PRIVATE: "127.0.0.0/8",
    };
    [ringdown, browser] = await Promise.all([startWithConsole(environment), launchChromium()]);
    context = await browser.newContext({ baseURL: ringdown.http, reducedMotion: "reduce" });
    context.setDefaultTimeout(5_000);
    complaints = complaintsOf(context);
    page = await context.newPage();
  });
  after(async () => {
    await browser?.close();
    await ringdown?.stop();
    await fake?.close();
    await shop?.close();
  });

  peerTest("the first page is small, and asks who one is", options, async () => {
    let scripts = 0;
    page.on("response", (response) => {
      const { "content-type": type = "", "content-length": length = "0" } = response.headers();
      if (type.startsWith("text/javascript")) scripts += Number(length);
    });
    await page.goto("/calls?state=ended");
    await page.getByRole("heading", { name: "Sign in", level: 1 }).waitFor();
    await page.getByLabel("User").fill("owner");
    await page.getByLabel(/^Password/).fill("not the password");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("Name or password is wrong").waitFor();
    assert.ok(scripts > 10_000 && scripts < SCRIPT_BUDGET, `${scripts} bytes of script`);
  });

  peerTest(
    "the printed link sets the owner's password, once; then one is where one wanted to go",
    options,
    async () => {
      await firstSignIn(page, ringdown);
      await page.getByText("Nothing has come in yet").waitFor();
      await page.getByLabel("Signed in as owner").click();
      await page.getByRole("menuitem", { name: "Sign out" }).click();
      await page.getByRole("heading", { name: "Sign in" }).waitFor();
      await page.goto(await firstLink(ringdown));
      await page.getByText("The link is no longer good").waitFor();
      await page.goto("/calls?state=ended");
      await page.getByLabel("User").fill("owner");
      await page.getByLabel(/^Password/).fill(PASSWORD);
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Calls", level: 1 }).waitFor();
      await page.getByText("No call is like that").waitFor();
    },
  );

  peerTest(
    "a refused call shows up by itself; its address is allowed with a click, and let in",
    options,
    async () => {
      await page.goto("/");
      await page.getByText("Nothing has come in yet").waitFor();
      await furnish(ringdown);
      await page.getByText("A call from 127.0.0.3 was refused").waitFor();
      await page.getByRole("button", { name: "Allow this address 127.0.0.3" }).click();
      await page.getByText("127.0.0.3 may send calls now").waitFor();
      await page.goto("/settings/developer");
      await page.getByLabel("Access list").getByRole("cell", { name: "127.0.0.3", exact: true }).waitFor();
      await page.getByRole("link", { name: "Home", exact: true }).click();
      await callThatLeaves(ringdown, { localAddress: "127.0.0.3" });
      await page.getByText("+15550100200 called sales, and was answered").waitFor();
    },
  );

  peerTest("a call's page has its words, its waveform and its steps", options, async () => {
    await page.getByRole("link", { name: "Look at it, and hear it" }).click();
    await page.getByRole("heading", { name: "+15550100200 → sales" }).waitFor();
    await page.getByText("Hello, this is the sales line.").waitFor();
    await page.getByText("The caller hung up.").first().waitFor();
    await page.getByText("INVITE received").waitFor();
    const ladder = page.getByRole("region", { name: "SIP messages" });
    await ladder.getByRole("button", { name: /127\.0\.0\.3 to Ringdown: INVITE audio PCMU/ }).click();
    await ladder.getByText(/^INVITE sip:sales@[\s\S]*a=rtpmap:0 PCMU/).waitFor();
    await ladder.getByRole("button", { name: /Ringdown to 127\.0\.0\.3: 200 OK audio PCMU/ }).waitFor();
    await ladder.getByRole("button", { name: "Export" }).click();
    const pcaps = page.waitForEvent("download");
    await page.getByRole("menuitem", { name: /^pcap/ }).click();
    assert.equal(readFileSync(await (await pcaps).path()).readUInt32LE(0), 0xa1b2c3d4);
    await page.getByText(/^Not a packet of audio came from 127\.0\.0\.3: a firewall or NAT/).waitFor();
    await page.locator(".waveform[data-state=ready]").waitFor();
    // A click on a word plays from there.
    await page.locator(".turn [data-share]", { hasText: /^sales/ }).click();
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
  });

  peerTest("how the audio was over time is drawn, each way, and can be read and heard", options, async () => {
    await ringdown.api.createAgent({ username: "line", mode: "echo" });
    const call = await callWithLoss(ringdown, "line");
    await page.goto(`/calls/${call.id}`);
    const audio = page.getByRole("region", { name: "Audio", exact: true });
    await audio.getByText(/^heard by the agent: 2\.\d at worst/).waitFor();
    await audio.getByText(/^heard by the person: [23]\.\d at worst/).waitFor();
    await audio.getByText(/^on the way here: 2\d\.\d % at worst/).waitFor();
    await audio.getByText(/^on the way there: (9|10|11)\.\d % at worst/).waitFor();
    await audio.getByText(/^jitter there: 4 ms at worst/).waitFor();
    await audio.getByText(/^round trip: \d+ ms at worst/).waitFor();
    const steps = async (line: string) =>
      (await audio.locator(`path[data-line="${line}"]`).getAttribute("d"))?.match(/H/g)?.length ?? 0;
    assert.ok((await steps("heard by the agent")) >= 2);
    assert.ok((await steps("on the way there")) >= 1);
    await audio.getByText("The same as a table").click();
    const first = audio.getByRole("table", { name: "Audio over time" }).getByRole("row").nth(1);
    assert.match((await first.getByRole("cell").allInnerTexts()).join(" "), /^2\.\d .* (19|2\d)\.\d /);
    await first.getByRole("button", { name: "0:00: hear it" }).click();
    await page.getByRole("button", { name: "Pause" }).click();
  });

  peerTest("a live call shows up by itself, is listened to, and hung up", options, async () => {
    await page.goto("/calls");
    const sippRuns = runSipp({ scenario: "they-hang-up", remote: ringdown.udp, user: "sales" });
    await page.getByLabel("Calls", { exact: true }).getByText("Active").waitFor();
    await page.getByRole("link", { name: /sales/ }).first().click();
    await page.getByRole("button", { name: "Listen" }).click();
    const level = page.getByRole("progressbar", { name: "Heard by the caller, right" });
    await level.and(page.locator('[aria-valuenow]:not([aria-valuenow="0"])')).waitFor();
    await page.getByRole("button", { name: "Stop listening" }).click();
    await level.waitFor({ state: "detached" });
    await page.getByText("Somebody listens").waitFor();
    await page.getByRole("button", { name: "Hang up" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Hang up" }).click();
    await page.getByText("The call was ended through the API.").waitFor();
    assertSippPassed(await sippRuns);
    await page.goto("/calls?direction=inbound");
    const downloads = page.waitForEvent("download");
    await page.getByRole("button", { name: "CSV" }).click();
    const csv = readFileSync(await (await downloads).path(), "utf8").split("\r\n");
    assert.match(csv[0] ?? "", /id,direction,state,from,/);
    assert.match(csv[1] ?? "", /,inbound,ended,\+15550100200,sales,.*,system,operator,/);
  });

  peerTest(
    "a registration turns red, green and back as the PBX has it",
    { ...options, peers: [...peers, kamailio] },
    async () => {
      let pbx = await startKamailio([], "pbx");
      try {
        const agent = await ringdown.api.createAgent({ username: "extension", mode: "echo" });
        await page.goto(`/agents/${agent.id}?tab=registration`);
        await page.getByLabel("SIP domain").fill("pbx.test");
        await page.getByLabel("Username").fill("1150");
        await page.getByLabel(/^Password/).fill("wrong");
        await page.getByLabel(/^Proxy/).fill(`127.0.0.1:${pbx.port}`);
        await page.getByRole("combobox", { name: "Transport" }).click();
        await page.getByRole("option", { name: "TCP" }).click();
        await page.getByRole("button", { name: "Register", exact: true }).click();
        const stands = page.getByRole("region", { name: "How it stands" });
        await stands.getByText("Rejected", { exact: true }).waitFor();
        await stands.getByText("The PBX refuses the username or the password").waitFor();
        const said = page.getByRole("region", { name: "Last messages" });
        await said
          .getByRole("button", { name: /^\d\d:\d\d:\d\d 127\.0\.0\.1 to Ringdown: 401 Unauthorized/ })
          .first()
          .waitFor();
        await said
          .getByRole("button", { name: /Ringdown to 127\.0\.0\.1: REGISTER/ })
          .nth(1)
          .click();
        await said.getByText(/^REGISTER sip:pbx\.test[\s\S]*response="x{32}"/).waitFor();
        await page.getByLabel(/^Password/).fill("secret1150");
        await page.getByRole("button", { name: "Save and register" }).click();
        await stands.getByText("Registered", { exact: true }).waitFor();
        await stands.getByText(`tcp:127.0.0.1:${pbx.port}`).waitFor();
        await said.getByRole("button", { name: /127\.0\.0\.1 to Ringdown: 200 OK/ }).waitFor();
        await pbx.kill();
        await stands.getByText("Unreachable", { exact: true }).waitFor();
        pbx = await startKamailio([], "pbx", { ports: pbx });
        await stands.getByRole("button", { name: "Register now" }).click();
        await stands.getByText("Registered", { exact: true }).waitFor();
      } finally {
        await pbx.stop();
      }
    },
  );

  peerTest("a route's grammar is checked as one types, and the test shows each step", options, async () => {
    await page.goto("/settings/developer");
    await page.getByRole("button", { name: "Add a route" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Route").fill("sip.example.com;transport=sctp");
    await dialog.getByText(/At position 26 "s" stands; expected was udp, tcp or tls/).waitFor();
    assert.equal(await dialog.locator("mark").textContent(), "s");
    assert.ok(await dialog.getByRole("button", { name: "Add" }).isDisabled());
    await dialog.getByLabel("Route").fill(`127.0.0.1:${ringdown.udp.port};transport=udp`);
    await dialog.getByText(/They are sent by UDP to it, port/).waitFor();
    await dialog.getByRole("button", { name: /^Test/ }).click();
    await page.getByText("A target answers").waitFor();
    await page.getByRole("cell", { name: `udp 127.0.0.1:${ringdown.udp.port}` }).waitFor();
    await page.keyboard.press("Escape");
    await dialog.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("button", { name: `Change 127.0.0.1:${ringdown.udp.port}` }).waitFor();
  });

  peerTest("an agent is changed, and what is not saved is not lost by a slip", options, async () => {
    await page.goto("/agents");
    await page.getByRole("link", { name: "sales" }).click();
    await page.getByLabel("Greeting").fill("Good day.");
    page.once("dialog", (dialog) => void dialog.dismiss());
    await page.getByRole("link", { name: "Home", exact: true }).click();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("it counts from the next call").waitFor();
    const sales = (await ringdown.api.agents()).find(({ username }) => username === "sales");
    assert.equal(sales?.welcomeMessage, "Good day.");
    assert.deepEqual(sales?.phoneNumbers, ["+15125550100"]);
  });

  peerTest("an agent by models is tried by text, with its functions", options, async () => {
    fake.chat.otherwise = (request) => {
      if (request.messages.at(-1)?.role === "tool") return { text: `From nine to five. ${EVIL}` };
      const asked = lastUserText(request);
      if (asked === "Bye") return { text: "Goodbye.", toolCalls: [{ name: "end_call", arguments: "{}" }] };
      if (asked === "Break") return { fault: "refuse" };
      return { toolCalls: [{ name: "hours", arguments: "{}" }] };
    };
    const agent = await ringdown.api.createAgent({
      ...{ username: "modelled", mode: "pipeline", welcomeMessage: "Good morning." },
      functions: [{ type: "say", name: "hours", condition: "asked for our hours", text: "Nine to five." }],
    });
    await page.goto(`/agents/${agent.id}`);
    await page.getByRole("button", { name: "Chat by text" }).click();
    const chat = page.getByRole("region", { name: "Chat by text" });
    await chat.getByRole("button", { name: "Let it greet first" }).click();
    await chat.getByText("Good morning.").waitFor();
    await chat.getByLabel("You say").fill("When are you open?");
    await page.keyboard.press("Enter");
    await chat.getByText(`From nine to five. ${EVIL}`).waitFor();
    await chat.getByText("hours", { exact: true }).waitFor();
    assert.equal(await page.evaluate("window.pwned"), undefined);
    await chat.getByLabel("You say").fill("Break");
    await page.keyboard.press("Enter");
    await chat.getByRole("alert").waitFor();
    await chat.getByRole("button", { name: "Start over" }).click();
    await chat.getByLabel("You say").fill("Bye");
    await chat.getByRole("button", { name: "Send" }).click();
    await chat.getByText("The agent would have hung up here.").waitFor();
  });

  peerTest("a draft is tried by text and published, and a version is had again", options, async () => {
    fake.chat.otherwise = ({ messages }) => ({
      text: JSON.stringify(messages[0]).includes("coffee") ? "Coffee." : "Tea.",
    });
    const agent = await ringdown.api.createAgent({
      ...{ username: "drafted", mode: "pipeline", agentInstructions: "You sell tea." },
    });
    const instructions = async () =>
      (await ringdown.api.json<{ agent: { agentInstructions: string } }>("GET", `/api/v2/agents/${agent.id}`))
        .agent.agentInstructions;
    await page.goto(`/agents/${agent.id}`);
    await page.getByLabel("Instructions").fill("You sell coffee.");
    await page.getByRole("button", { name: "Keep as a draft" }).click();
    const draft = page.getByRole("alert").filter({ hasText: "This is a draft" });
    await draft.getByText("Other than now: Agent instructions.").waitFor();
    assert.equal(await instructions(), "You sell tea.");
    await draft.getByRole("button", { name: "Show what differs" }).click();
    assert.equal(await draft.locator("del").textContent(), "tea");
    assert.equal(await draft.locator("ins").textContent(), "coffee");
    await page.getByRole("button", { name: "Chat by text" }).click();
    const chat = page.getByRole("region", { name: "Chat by text" });
    await chat.getByLabel("You say").fill("What do you sell?");
    await page.keyboard.press("Enter");
    await chat.getByText("Coffee.").waitFor();
    await assertAccessible(page, "a draft");

    await draft.getByRole("button", { name: "Publish" }).click();
    await draft.waitFor({ state: "detached" });
    assert.equal(await instructions(), "You sell coffee.");
    await page.getByRole("tab", { name: "Versions" }).click();
    const list = page.getByRole("list", { name: "Versions" });
    const [newest, first] = [list.getByRole("listitem").first(), list.getByRole("listitem").nth(1)];
    await newest.getByText("by owner: Agent instructions").waitFor();
    await newest.getByRole("button", { name: "What differs" }).click();
    assert.equal(await newest.locator("ins").textContent(), "coffee");
    await assertAccessible(page, "versions");
    await first.getByRole("button", { name: "Restore version 1" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Restore" }).click();
    await list.getByText("Version 3, in force").waitFor();
    assert.equal(await instructions(), "You sell tea.");

    await page.getByRole("tab", { name: "General" }).click();
    await page.getByLabel("Description").fill("Not yet");
    await page.getByRole("button", { name: "Keep as a draft" }).click();
    await draft.getByRole("button", { name: "Give up" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Give up" }).click();
    await draft.waitFor({ state: "detached" });
    assert.equal(await page.getByLabel("Description").inputValue(), "");
  });

  peerTest("a secret, a function that sends it, and what is written down are set up", options, async () => {
    await page.goto("/settings/developer");
    await page.getByRole("button", { name: "Add a secret" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("crm");
    await dialog.getByLabel("Value").fill("a key that nobody sees");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByRole("alert").getByText(/hosts/).waitFor();
    await dialog.getByLabel("Hosts").fill("crm.example.com");
    await page.keyboard.press("Enter");
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByRole("list", { name: "Secrets" }).getByText("to crm.example.com").waitFor();
    assert.doesNotMatch((await page.textContent("body")) ?? "", /a key that nobody sees/);
    await assertAccessible(page, "secrets");

    const agent = await ringdown.api.createAgent({ username: "asking", mode: "pipeline" });
    await page.goto(`/agents/${agent.id}?tab=functions`);
    await page.getByRole("button", { name: "Add a function" }).first().click();
    await page.getByRole("menuitem", { name: "Ask a server (by models)" }).click();
    const card = page.getByRole("group", { name: "Function lookup" });
    await card.getByLabel("What it does and answers").fill("Tells the state of an order.");
    await card.getByLabel("Address").fill("https://crm.example.com/orders/{order}");
    const parameters = card.getByLabel("Parameters");
    await parameters.fill('{ "type": "object", "properties": ');
    assert.equal(await parameters.getAttribute("aria-invalid"), "true");
    const schema = { type: "object", properties: { order: { type: "string" } }, required: ["order"] };
    await parameters.fill(JSON.stringify(schema));
    assert.notEqual(await parameters.getAttribute("aria-invalid"), "true");
    await card.getByRole("button", { name: "Add a header" }).click();
    await card.getByLabel("Header", { exact: true }).fill("Authorization");
    await card.getByLabel("Value", { exact: true }).fill("Bearer {{secret:crm}}");
    await card.getByText("{{secret:crm}}", { exact: false }).waitFor();
    await page.getByRole("button", { name: "Add a function" }).first().click();
    await page.getByRole("menuitem", { name: "Tools of an MCP server (by models)" }).click();
    const tools = page.getByRole("group", { name: "Function tools" });
    await tools.getByLabel("Address").fill(`${shop.url}/broken`);
    await tools.getByRole("button", { name: "Ask what it offers" }).click();
    await tools.getByText("HTTP 500", { exact: false }).waitFor();
    await tools.getByLabel("Address").fill(`${shop.url}/today`);
    await tools.getByRole("button", { name: "Ask what it offers" }).click();
    for (const name of ["hang", "picture", "refuse", "secret"])
      await tools.getByRole("checkbox", { name, exact: true }).uncheck();
    await tools.getByText("The agent has: order, add.").waitFor();
    await assertAccessible(page, "tools of an MCP server");
    await page.getByRole("tab", { name: "Turns and recording" }).click();
    await page.getByRole("button", { name: "Add a field" }).click();
    await page
      .getByRole("group", { name: /^Field/ })
      .getByLabel(/^What/)
      .fill("Wants a call back");
    await page.getByRole("combobox", { name: "Answer" }).click();
    await page.getByRole("option", { name: "Yes or no" }).click();
    await assertAccessible(page, "what is written down");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("it counts from the next call").waitFor();
    const saved = await ringdown.api.json<{ agent: { functions: unknown; reportingFields: unknown } }>(
      "GET",
      `/api/v2/agents/${agent.id}`,
    );
    assert.deepEqual(saved.agent.functions, [
      {
        ...{ type: "http", name: "lookup", description: "Tells the state of an order." },
        ...{ url: "https://crm.example.com/orders/{order}", parameters: schema },
        headers: { Authorization: "Bearer {{secret:crm}}" },
      },
      { type: "mcp", name: "tools", url: `${shop.url}/today`, tools: ["order", "add"] },
    ]);
    assert.deepEqual(saved.agent.reportingFields, [
      { key: "wants_a_call_back", label: "Wants a call back", values: { kind: "boolean" } },
    ]);
  });

  peerTest("a webhook is added, its deliveries show up, and one is sent again", options, async () => {
    const hook = await webhookReceiver();
    try {
      await page.goto("/settings/developer");
      await page.getByRole("button", { name: "Add a webhook" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Address").fill("ftp://crm.example.com");
      await dialog.getByRole("button", { name: "Add" }).click();
      await dialog.getByRole("alert").waitFor();
      await dialog.getByLabel("Address").fill(hook.url);
      await dialog.getByLabel("Label").fill(EVIL);
      await dialog.getByRole("button", { name: "Add" }).click();
      await dialog.getByText(/^whsec_/).waitFor();
      await dialog.getByRole("button", { name: "I have it" }).click();
      await page.getByRole("link", { name: `Deliveries to ${hook.url}` }).click();
      await page.getByText("No delivery is like that").waitFor();
      hook.state.status = 410;
      const call = await callThatLeaves(ringdown, { hold: "200" });
      const list = page.getByRole("list", { name: "Deliveries" });
      await list.getByText("given up").waitFor();
      await list.getByText("It answered 410.").waitFor();
      await page.goto("/settings/developer");
      await page.getByText("switched off: it answered 410").waitFor();
      hook.state.status = 200;
      await page.getByRole("button", { name: "Switch on again" }).click();
      await page.getByText("switched off: it answered 410").waitFor({ state: "hidden" });
      await page.getByRole("button", { name: `New secret for ${hook.url}` }).click();
      await dialog.getByRole("button", { name: "Make one" }).click();
      await dialog.getByText(/^whsec_/).waitFor();
      await dialog.getByRole("button", { name: "I have it" }).click();
      await page.getByRole("link", { name: "Deliveries", exact: true }).click();
      await page.getByRole("button", { name: `Send again to ${hook.url}` }).click();
      await list.getByText("answered 200").waitFor();
      assert.equal(JSON.parse(hook.received.at(-1)?.body ?? "{}").uuid, call.id);
      assert.equal(await page.evaluate("window.pwned"), undefined);
      await page.getByRole("link", { name: "the call" }).click();
      await page.getByRole("heading", { name: "+15550100200 → sales" }).waitFor();
    } finally {
      hook.close();
    }
  });

  peerTest("what strangers send is text, wherever it is shown", options, async () => {
    const { api } = ringdown;
    await api.json("POST", "/api/v2/sip/ipWhitelist", { ip: "192.0.2.99", label: EVIL });
    await api.json("POST", "/api/v2/tokens", { description: EVIL });
    await api.createAgent({
      username: "evil",
      title: EVIL,
      welcomeMessage: EVIL,
      autoRecordingNotification: "false",
    });
    const from = `"${EVIL}" <sip:+15550100666@[local_ip]:[local_port]>`;
    await callThatLeaves(ringdown, { from, userAgent: EVIL, user: "evil", hold: "500" });
    const refused = { scenario: "refused", remote: ringdown.udp, user: "evil", localAddress: "127.0.0.4" };
    await runSipp({ ...refused, values: { status: "403", from } });
    const [call] = await api.calls();
    for (const [path, seen] of [
      ["/agents", EVIL],
      [`/calls/${call?.id}`, EVIL],
      ["/rejected", EVIL],
      ["/settings/developer", EVIL],
    ] as const) {
      await page.goto(path);
      await page.getByText(seen).first().waitFor();
      assert.equal(await page.evaluate("window.pwned"), undefined, path);
    }
  });

  peerTest("a viewer sees all, changes nothing, and the server holds to it", options, async () => {
    await ringdown.api.json("POST", "/api/v2/users", { username: "vera", role: "viewer" });
    const link = passwordLink(ringdown, "vera");
    const other = await browser.newContext({ baseURL: ringdown.http });
    const view = await other.newPage();
    await signInBy(view, link, "veras own password");
    await view.goto("/settings/developer");
    await view.getByLabel("Access list").getByRole("cell", { name: "127.0.0.3", exact: true }).waitFor();
    for (const name of [/^Add/, /^Remove/, /^Make/, /^Test/, /^Allow/]) {
      assert.equal(await view.getByRole("button", { name }).count(), 0, String(name));
    }
    const status = await view.evaluate(`fetch("/api/v2/sip/ipWhitelist", {
      method: "DELETE", headers: { "content-type": "application/json", "x-ringdown-console": "1" },
      body: JSON.stringify({ ip: "127.0.0.1" }) }).then((response) => response.status)`);
    assert.equal(status, 403);
    await other.close();
  });

  // Before axe-core, which makes styles of its own.
  peerTest("no script failed, and nothing that the pages do is against their policy", options, async () => {
    assert.deepEqual(complaints, []);
  });

  peerTest("no page has a serious fault of accessibility, in light and in dark", options, async () => {
    // With all that a call's page can show.
    const call = (await ringdown.api.calls()).find(({ quality }) => Number(quality?.packetsReceived) > 0);
    const sales = (await ringdown.api.agents()).find(({ username }) => username === "sales");
    const paths = [
      "/",
      "/agents",
      `/agents/${sales?.id}`,
      `/agents/${sales?.id}?tab=functions`,
      `/agents/${sales?.id}?tab=registration`,
      "/calls",
      `/calls/${call?.id}`,
      "/rejected",
      "/settings/developer",
      "/settings/webhooks",
      "/settings/models",
      "/settings/users",
      "/sign-in",
    ];
    // One look after the other: each is seen by some page, and each page in one of them.
    const waiting = [...paths.entries()];
    const walk = async (tab: Page) => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [index, path] = next;
        await tab.emulateMedia({ colorScheme: index % 2 === 0 ? "light" : "dark" });
        await tab.goto(path);
        const level = path === "/sign-in" ? 1 : 2;
        await tab.getByRole("heading", { level }).first().waitFor();
        await assertAccessible(tab, path);
      }
    };
    await Promise.all([walk(page), walk(await context.newPage())]);
  });
});
