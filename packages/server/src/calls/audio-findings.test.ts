import assert from "node:assert/strict";
import { test } from "node:test";
import { callRecord } from "../store/test-store.ts";
import { type AudioEvidence, audioFindings, type SaidAudio, saidAudio } from "./audio-findings.ts";

const well = {
  ...{ packetsSent: 500, packetsReceived: 500, lost: 0, lostPercent: 0, late: 0, jitterMs: 2 },
  ...{ strangers: 0, invalid: 0, remoteLost: 0 },
};
const said = (address: string, direction = "sendrecv"): SaidAudio => ({ address, port: 4000, direction });
const step = (type: string) => ({ type, at: "2026-11-24T12:00:01.000Z" });

interface Case {
  quality?: object | null;
  timeline?: string[];
  theirs?: SaidAudio;
  ours?: SaidAudio;
  far?: string;
  state?: "active" | "ended";
  answered?: boolean;
  transport?: string;
}

function judge({
  quality = {},
  timeline = [],
  theirs,
  ours,
  far = "203.0.113.7:5060",
  state = "ended",
  answered = true,
  transport = "udp",
}: Case) {
  const call = callRecord({
    ...{ id: "c", organizationId: "o", state },
    answeredAt: answered ? "2026-11-24T12:00:00.000Z" : null,
    quality: quality === null ? null : { ...well, ...quality },
    timeline: timeline.map(step),
    legs: [{ id: "c-1", remoteAddress: far, transport }],
  });
  const evidence: AudioEvidence = { call, theirs, ours, rtpPorts: [10_000, 20_000] };
  return audioFindings(evidence);
}

test("each cause is told apart, and what is well has none", () => {
  const cases: [string, Case, string[]][] = [
    ["all is well", {}, []],
    ["not answered", { answered: false, quality: null }, []],
    ["still running", { state: "active", quality: null }, []],
    ["the worker died", { quality: null, timeline: ["worker_died"] }, ["worker_died"]],
    ["no media", { quality: null }, ["no_media"]],
    ["a browser", { transport: "ws", timeline: ["media_secured"] }, []],
    [
      "a browser that found no way",
      { transport: "ws", quality: { packetsReceived: 0, packetsSent: 0 } },
      ["browser_unreached"],
    ],
    [
      "a browser with whom there are no keys",
      { transport: "wss", quality: { packetsReceived: 0 }, timeline: ["media_not_secured"] },
      ["not_secured"],
    ],
    ["nothing came", { quality: { packetsReceived: 0 } }, ["nothing_received"]],
    ["held to the end", { quality: { packetsReceived: 0 }, timeline: ["hold"] }, ["held"]],
    [
      "held and taken back",
      { quality: { packetsReceived: 0 }, timeline: ["hold", "resume"] },
      ["nothing_received"],
    ],
    ["from elsewhere", { quality: { packetsReceived: 0, strangers: 9 } }, ["strangers"]],
    ["encrypted", { quality: { packetsReceived: 0, invalid: 9 } }, ["not_understood"]],
    [
      "they listen only",
      { quality: { packetsReceived: 0 }, theirs: said("203.0.113.7", "recvonly") },
      ["they_sent_nothing"],
    ],
    [
      "our address leads nowhere",
      { quality: { packetsReceived: 0 }, ours: said("10.0.0.5"), theirs: said("203.0.113.7") },
      ["our_address_private"],
    ],
    [
      "both in one network",
      {
        quality: { packetsReceived: 0 },
        ours: said("10.0.0.5"),
        theirs: said("10.0.0.9"),
        far: "10.0.0.9:5060",
      },
      ["nothing_received"],
    ],
    [
      "their address leads nowhere, and nothing came that would show the way",
      { quality: { packetsReceived: 0 }, theirs: said("192.168.1.4"), ours: said("198.51.100.1") },
      ["nothing_received", "their_address_private"],
    ],
    ["their address leads nowhere, but audio came", { theirs: said("192.168.1.4") }, []],
    ["nothing went", { quality: { packetsSent: 0 } }, ["we_sent_nothing"]],
    [
      "nothing went to who holds",
      { quality: { packetsSent: 0 }, theirs: said("203.0.113.7", "inactive") },
      ["held"],
    ],
    ["it stopped", { timeline: ["media_timeout"] }, ["stopped"]],
    ["lost on the way here", { quality: { lostPercent: 5 } }, ["lost_here"]],
    ["lost on the way there", { quality: { remoteLost: 100 } }, ["lost_there"]],
    ["uneven and late", { quality: { jitterMs: 80, late: 60 } }, ["jitter", "late"]],
  ];
  for (const [name, one, codes] of cases) {
    assert.deepEqual(
      judge(one).map(({ code }) => code),
      codes,
      name,
    );
  }
});

test("a sentence says what was seen and what to do", () => {
  const [finding] = judge({ quality: { packetsReceived: 0 }, ours: said("10.0.0.5") });
  assert.match(finding?.sentence ?? "", /10\.0\.0\.5.*203\.0\.113\.7.*RINGDOWN_PUBLIC_ADDRESS/);
  const [closed] = judge({ quality: { packetsReceived: 0 }, far: "[2001:db8::7]:5060" });
  assert.match(closed?.sentence ?? "", /from 2001:db8::7.*ports 10000 to 20000/);
});

test("what a description says of its audio; what cannot be read says nothing", () => {
  const sdp =
    "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\na=sendonly\r\nm=audio 4000 RTP/AVP 0\r\n";
  assert.deepEqual(saidAudio(sdp), { address: "192.0.2.9", port: 4000, direction: "sendonly" });
  assert.equal(saidAudio("v=0\r\nodd"), undefined);
  assert.equal(saidAudio(sdp.replace("m=audio", "m=video")), undefined);
});
