// Pictures of each page of the console, light and dark, and at a phone's width: `node interop/src/console-screens.ts [FOLDER]`.
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { FakeProviders } from "@ringdown/fake-providers";
import type { Browser, Page } from "playwright-core";
import { AgentRegistration } from "./api-registration.ts";
import {
  complaintsOf,
  fakeMicrophone,
  firstSignIn,
  launchChromium,
  startWithConsole,
} from "./console-browser.ts";
import { callWithLoss, furnish } from "./console-scene.ts";
import { indexedPng } from "./indexed-png.ts";
import { startKamailio } from "./kamailio.ts";
import type { RingdownProcess } from "./ringdown-process.ts";
import { webhookReceiver } from "./webhook-receiver.ts";

const folder = resolve(process.argv[2] ?? join(import.meta.dirname, "../../docs/console"));

interface Shot {
  name: string;
  path: string;
  /** What is there when the page is whole. */
  seen: string;
  /** What is done before the picture is taken. */
  act?: (page: Page) => Promise<void>;
}

async function keep(page: Page, reducer: Page, name: string): Promise<void> {
  // A dialogue stands in the window, not on the page.
  const fullPage = (await page.getByRole("dialog").count()) === 0;
  const png = await page.screenshot({ fullPage, animations: "disabled" });
  writeFileSync(join(folder, `${name}.png`), await indexedPng(reducer, png));
}

async function shots(ringdown: RingdownProcess): Promise<Shot[]> {
  const [call] = (await ringdown.api.calls()).filter(({ state }) => state === "ended");
  const agents = await ringdown.api.agents();
  const idOf = (name: string) => agents.find(({ username }) => username === name)?.id ?? "";
  await ringdown.api.json("PATCH", `/api/v2/agents/${idOf("demo")}`, { title: "Says what Ringdown is" });
  await ringdown.api.json("PUT", `/api/v2/agents/${idOf("demo")}/draft`, {
    ...{ title: "Tells visitors what Ringdown is", agentLang: "es-US" },
  });
  return [
    {
      name: "draft",
      path: `/agents/${idOf("demo")}`,
      seen: "text=This is a draft",
      act: async (page) => {
        await page.getByRole("button", { name: "Show what differs" }).click();
        await page.locator("ins").first().waitFor();
      },
    },
    {
      name: "versions",
      path: `/agents/${idOf("demo")}?tab=versions`,
      seen: "text=Version 1",
      act: async (page) => {
        await page.getByRole("button", { name: "What differs", exact: true }).first().click();
        await page.locator("ins").first().waitFor();
      },
    },
    { name: "home", path: "/", seen: "text=Last calls" },
    { name: "agents", path: "/agents", seen: "text=The sales line" },
    { name: "agent", path: `/agents/${idOf("sales")}`, seen: "text=Instructions" },
    {
      name: "functions",
      path: `/agents/${idOf("sales")}?tab=functions`,
      seen: "text=Put the caller through",
    },
    {
      name: "chat",
      path: `/agents/${idOf("concierge")}`,
      seen: "text=Instructions",
      act: async (page) => {
        await page.getByRole("button", { name: "Chat by text" }).click();
        await page.getByRole("button", { name: "Let it greet first" }).click();
        await page.getByText("Good morning").last().waitFor();
        await page.getByLabel("You say").fill("When are you open?");
        await page.keyboard.press("Enter");
        await page.getByText("from nine to five").last().waitFor();
      },
    },
    {
      name: "talk",
      path: `/agents/${idOf("sales")}?talk=true`,
      seen: "text=Talk in the browser",
      act: async (page) => {
        await page.getByRole("button", { name: "Call", exact: true }).click();
        await page
          .getByText(/^Agent · /)
          .first()
          .waitFor();
      },
    },
    { name: "turns", path: `/agents/${idOf("sales")}?tab=turns`, seen: "text=Taking turns" },
    { name: "registration", path: `/agents/${idOf("sales")}?tab=registration`, seen: "text=How it stands" },
    {
      name: "registration-messages",
      path: `/agents/${idOf("concierge")}?tab=registration`,
      seen: '[aria-label="SIP messages"] li',
    },
    { name: "calls", path: "/calls", seen: "table[aria-label=Calls] tbody tr" },
    {
      name: "call",
      path: `/calls/${call?.id ?? ""}`,
      seen: ".waveform[data-state=ready]",
      act: (page) => page.locator(".plot svg[data-hear]").last().waitFor(),
    },
    { name: "rejected", path: "/rejected", seen: "text=Allow this address" },
    { name: "developer", path: "/settings/developer", seen: "text=Recently refused" },
    {
      name: "route-test",
      path: "/settings/developer",
      seen: "text=Recently refused",
      act: async (page) => {
        await page.getByRole("button", { name: "Test 127.0.0.1" }).first().click();
        await page.getByRole("dialog").getByRole("alert").waitFor();
      },
    },
    { name: "deliveries", path: "/settings/webhooks", seen: "ul[aria-label=Deliveries] li" },
    { name: "models", path: "/settings/models", seen: "ul[aria-label=Providers] li" },
    { name: "users", path: "/settings/users", seen: "table[aria-label=Users] tbody tr" },
  ];
}

async function take(
  browser: Browser,
  ringdown: RingdownProcess,
  storage: string,
  list: Shot[],
): Promise<void> {
  const reducer = await browser.newPage();
  const looks = [
    { suffix: "light", colorScheme: "light" as const, viewport: { width: 1200, height: 800 } },
    { suffix: "dark", colorScheme: "dark" as const, viewport: { width: 1200, height: 800 } },
    { suffix: "phone", colorScheme: "dark" as const, viewport: { width: 390, height: 800 } },
  ];
  for (const { suffix, ...look } of looks) {
    const context = await browser.newContext({
      ...look,
      storageState: storage,
      reducedMotion: "reduce",
      baseURL: ringdown.http,
    });
    const complaints = complaintsOf(context);
    const page = await context.newPage();
    for (const { name, path, seen, act } of list) {
      await page.goto(path);
      await page.locator(seen).first().waitFor();
      await page.locator('[aria-label^="Loading"]').first().waitFor({ state: "hidden" });
      await act?.(page);
      await keep(page, reducer, `${name}-${suffix}`);
    }
    for (const complaint of complaints) console.error(`${suffix}: ${complaint}`);
    await context.close();
  }
}

mkdirSync(folder, { recursive: true });
const fake = await FakeProviders.start();
fake.chat.otherwise = ({ messages }) =>
  messages.at(-1)?.role === "tool"
    ? { text: "We are open from nine to five. Shall I put you through to somebody?" }
    : { toolCalls: [{ name: "hours", arguments: "{}" }] };
const hook = await webhookReceiver();
const ringdown = await startWithConsole({
  ...{ OPENAI_API_KEY: "sk-for-the-pictures", OPENAI_BASE_URL: fake.url },
  RINGDOWN_OUTGOING_PRIVATE: "127.0.0.0/8",
});
const browser = await launchChromium(fakeMicrophone);
const pbx = await startKamailio([], "pbx");
try {
  const context = await browser.newContext({
    baseURL: ringdown.http,
    viewport: { width: 1200, height: 800 },
  });
  const reducer = await browser.newPage();
  const page = await context.newPage();
  await page.goto("/");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await keep(page, reducer, "sign-in-light");
  await firstSignIn(page, ringdown);
  await page.getByText("Nothing has come in yet").waitFor();
  await keep(page, reducer, "first-run-light");
  await page.emulateMedia({ colorScheme: "dark" });
  await keep(page, reducer, "first-run-dark");
  const storage = join(ringdown.dataFolder, "browser.json");
  await context.storageState({ path: storage });
  await furnish(ringdown);
  const concierge = await ringdown.api.createAgent({
    ...{ username: "concierge", title: "Answers questions", mode: "pipeline" },
    welcomeMessage: "Good morning, what can I do for you?",
    functions: [{ type: "say", name: "hours", condition: "asked for our hours", text: "Nine to five." }],
  });
  const registration = new AgentRegistration(ringdown.api, concierge.id);
  await registration.put({
    ...{ aor: "1150@pbx.test", password: "secret1150", proxy: `127.0.0.1:${pbx.port}`, transport: "tcp" },
  });
  await registration.until("registered");
  const webhook = { url: hook.url, label: "the CRM", type: "conversation" };
  await ringdown.api.json("POST", "/api/v2/webhooks", webhook);
  await callWithLoss(ringdown, "sales");
  await take(browser, ringdown, storage, await shots(ringdown));
} finally {
  await browser.close();
  hook.close();
  await fake.close();
  await ringdown.stop();
  await pbx.stop();
}
