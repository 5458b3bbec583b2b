// The console as an operator has it: a node of its own that serves it, and Debian's Chromium.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { findProgram, type Peer } from "./peer.ts";
import { entry, node, RingdownProcess } from "./ringdown-process.ts";
import { eventually } from "./wait.ts";

export const chromiumPeer: Peer = { program: "chromium", debianPackage: "chromium" };
export const PASSWORD = "a rather long password";

const builder = resolve(import.meta.dirname, "../../packages/console/build/build.ts");

/** A node whose console is served as soon as it is ready. */
export async function startWithConsole(environment: Record<string, string> = {}): Promise<RingdownProcess> {
  // Before the node's own start would do it, and once for all that start.
  execFileSync(node, [builder], { stdio: ["ignore", "ignore", "pipe"] });
  const ringdown = await RingdownProcess.start({ environment: { RINGDOWN_CONSOLE: "on", ...environment } });
  await eventually("the console is served", async () => {
    const response = await fetch(`${ringdown.http}/`, { headers: { accept: "text/html" } });
    return (await response.text()).includes('id="root"');
  });
  return ringdown;
}

/** Arguments for a browser whose microphone is there, and allowed to every page; it beeps, or plays a WAV file that is named besides. */
export const fakeMicrophone = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];

/** @param more arguments of its command line */
export async function launchChromium(more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: findProgram("chromium") ?? "chromium",
    // Its own sandbox wants rights that a container does not give.
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--force-color-profile=srgb", ...more],
  });
}

/** The link that the first start printed. */
export async function firstLink(ringdown: RingdownProcess): Promise<string> {
  return eventually("the link of the first start", () =>
    ringdown.lines.map((line) => /http\S+\/welcome#\S+/.exec(line)?.[0]).find((link) => link !== undefined),
  );
}

/** Sets the owner's password by the printed link; the page is then signed in. */
export async function firstSignIn(page: Page, ringdown: RingdownProcess): Promise<void> {
  await signInBy(page, await firstLink(ringdown), PASSWORD);
}

/** A link by which a user sets a password, by the command line, as for a lost one: the node runs, and knows nothing of it. */
export function passwordLink(ringdown: RingdownProcess, username: string): string {
  const printed = execFileSync(node, [entry, "password-link", username], {
    encoding: "utf8",
    env: { ...process.env, RINGDOWN_DATA: ringdown.dataFolder, RINGDOWN_HTTP: new URL(ringdown.http).host },
  });
  const link = printed.split("\n", 1)[0] ?? "";
  assert.ok(link.startsWith(`${ringdown.http}/welcome#`), printed);
  return link;
}

export async function signInBy(page: Page, link: string, password: string): Promise<void> {
  await page.goto(link);
  await page.getByLabel("New password").fill(password);
  await page.getByLabel("The same again").fill(password);
  await page.getByRole("button", { name: "Set the password and sign in" }).click();
  await page.getByRole("heading", { name: "Home", level: 1 }).waitFor();
}

/** Collects what a browser complains of: errors of scripts, and what the policy of the pages refused. */
export function complaintsOf(context: BrowserContext): string[] {
  const complaints: string[] = [];
  context.on("weberror", (error) => complaints.push(String(error.error())));
  context.on("console", (message) => {
    const text = message.text();
    // A refusal of the API is answered to the page, which says so.
    if (message.type() === "error" && !/Failed to load resource/.test(text))
      complaints.push(`${text} (${message.page()?.url()})`);
  });
  return complaints;
}
