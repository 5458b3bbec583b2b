/** Names of payload types that need no rtpmap (RFC 3551 §6). */
const STATIC: Record<string, string> = {
  "0": "PCMU",
  "3": "GSM",
  "4": "G723",
  "8": "PCMA",
  "9": "G722",
  "18": "G729",
};
const DIRECTIONS: Record<string, string> = {
  sendrecv: "both ways",
  sendonly: "it sends only (hold)",
  recvonly: "it listens only",
  inactive: "held both ways",
};

/** What a message offers or answers for audio, in words; undefined: it has no session description. */
export function sdpWords(message: string): string | undefined {
  const body = message.replaceAll("\r\n", "\n").split("\n\n").slice(1).join("\n\n");
  if (!/^v=0/.test(body)) return undefined;
  const lines = body.split("\n").slice(0, 500);
  const start = lines.findIndex((line) => line.startsWith("m=audio "));
  if (start < 0) return "no audio";
  const next = lines.findIndex((line, index) => index > start && line.startsWith("m="));
  const media = lines.slice(start, next < 0 ? undefined : next);
  const session = lines.slice(
    0,
    lines.findIndex((line) => line.startsWith("m=")),
  );
  const [, port = "", profile = "", ...types] = (lines[start] ?? "").split(" ");
  if (port === "0") return "audio refused (port 0)";
  const maps = new Map(
    media.flatMap((line) => {
      const found = /^a=rtpmap:(\d+) ([\w.-]+)/.exec(line);
      return found === null ? [] : [[found[1] ?? "", found[2] ?? ""] as const];
    }),
  );
  const names = types.slice(0, 20).map((type) => maps.get(type) ?? STATIC[type] ?? `type ${type}`);
  const codecs = names.filter((name) => !/^(telephone-event|CN)$/i.test(name));
  const keys = names.some((name) => /^telephone-event$/i.test(name)) ? ", keys as events" : "";
  const address = [...media, ...session].find((line) => line.startsWith("c="))?.split(" ")[2] ?? "nowhere";
  const direction = [...media, ...session]
    .map((line) => /^a=(sendrecv|sendonly|recvonly|inactive)$/.exec(line.trim())?.[1])
    .find((one) => one !== undefined);
  const way = DIRECTIONS[direction ?? "sendrecv"];
  const secured = /SAVP/.test(profile) ? ", encrypted" : "";
  return `audio ${codecs.join(", ")}${keys}${secured}; to ${address}:${port}, ${way}`;
}
