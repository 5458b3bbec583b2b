// Bridged calls without signalling: legs of one media engine, two and two joined. Reads one line, the phones' ports (2k and
// 2k + 1 are a call), prints one line, the ports that they send to. Argument "recorded": each call into a WAV file.
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { MediaEngine, type MediaLeg } from "@ringdown/media";

const [second = "0", recorded] = process.argv.slice(2);
const engine = new MediaEngine({ portRange: [20_000, 29_999], bindAddress: "127.0.0.1" });
const folder = mkdtempSync(join(tmpdir(), "bridges-"));

async function openLeg(port: number, payloadType: string): Promise<MediaLeg> {
  const leg = await engine.createLeg({ localAddress: "127.0.0.1" });
  const lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"];
  lines.push(
    `m=audio ${port} RTP/AVP ${payloadType} 101`,
    "a=rtpmap:101 telephone-event/8000",
    "a=sendrecv",
    "",
  );
  leg.acceptOffer(lines.join("\r\n"));
  // a worker listens for keys on every leg
  leg.onDtmf = () => undefined;
  leg.start();
  return leg;
}

const lines = createInterface({ input: process.stdin });
const [line] = await once(lines, "line");
const phones = String(line).split(" ").map(Number);
const legs: MediaLeg[] = [];
for (const [index, port] of phones.entries()) {
  const leg = await openLeg(port, index % 2 === 0 ? "0" : second);
  const caller = index % 2 === 0 ? undefined : legs.at(-1);
  legs.push(leg);
  if (caller === undefined) continue;
  engine.bridge(caller, leg);
  if (recorded === "recorded") caller.record(join(folder, `${index}.wav`));
}
process.on("SIGTERM", () => {
  void engine.close().then(() => {
    rmSync(folder, { recursive: true });
    process.exit(0);
  });
});
console.log(legs.map((leg) => leg.port).join(" "));
