// Digest: REGISTERs challenged and judged a second, beside the bare hashes that each judgement needs.
import { createHash, randomBytes } from "node:crypto";
import {
  createRequest,
  createResponse,
  type DigestAlgorithm,
  DigestClient,
  DigestServer,
  parseMessage,
  type SipRequest,
  serialiseMessage,
} from "@ringdown/sip";
import type { Cell, Report } from "./report.ts";
import { median } from "./statistics.ts";

const ROUNDS = 5;
/** Each has a nonce of its own, as phones that register one after the other. */
const REGISTERS = 5_000;
const algorithms: readonly DigestAlgorithm[] = ["MD5", "SHA-256", "SHA-512-256"];
const opensslNames: Partial<Record<DigestAlgorithm, string>> = {
  MD5: "md5",
  "SHA-256": "sha256",
  "SHA-512-256": "sha512-256",
};

const account = { username: "1001", password: "correct horse battery staple" };
const randomToken = (bytes: number): string => randomBytes(bytes).toString("hex");

interface Round {
  algorithm: DigestAlgorithm;
  challengesPerSecond: number;
  verifiedPerSecond: number;
  bareHashesPerSecond: number;
}

function register(seq: number): SipRequest {
  return createRequest("REGISTER", "sip:pbx.example.com", {
    from: "<sip:1001@pbx.example.com>;tag=6b8f7a31",
    to: "<sip:1001@pbx.example.com>",
    callId: "78211NTk4MzQ2ZWUwZjE2YWE0Zjk2NzY",
    cseq: seq,
    headers: [
      ["Via", `SIP/2.0/UDP 198.51.100.23:5060;branch=z9hG4bK-524287-1---${seq};rport`],
      ["Contact", "<sip:1001@198.51.100.23:5060;transport=udp>"],
      ["Expires", "300"],
      ["User-Agent", "Example Desk Phone 5.4.2"],
    ],
  });
}

function perSecond(times: number, work: (index: number) => void): number {
  const start = performance.now();
  for (let index = 0; index < times; index++) work(index);
  return (times / (performance.now() - start)) * 1_000;
}

function round(algorithm: DigestAlgorithm): Round {
  const server = new DigestServer({
    realm: "pbx.example.com",
    secret: randomBytes(16),
    randomToken,
    account: (username) => (username === account.username ? account : undefined),
    algorithms: [algorithm],
    maxNonces: REGISTERS,
  });
  const asked = serialiseMessage(register(1));
  const challenges: Buffer[] = [];
  const challengesPerSecond = perSecond(REGISTERS, (index) => {
    const request = parseMessage(asked) as SipRequest;
    challenges.push(
      serialiseMessage(createResponse(request, 401, undefined, { headers: server.challenge(index) })),
    );
  });
  const authorized = challenges.map((bytes, index) => {
    const exchange = new DigestClient({ credentials: () => account, randomToken }).exchange();
    const response = parseMessage(bytes);
    if (response.kind !== "response" || !exchange.challenged(response).retry)
      throw new Error("a challenge was not taken");
    const request = register(index + 2);
    exchange.authorize(request);
    return serialiseMessage(request);
  });
  const verifiedPerSecond = perSecond(REGISTERS, (index) => {
    const request = parseMessage(authorized[index] as Buffer) as SipRequest;
    const verdict = server.verify(request, REGISTERS);
    if (!verdict.ok) throw new Error(`a right password was refused: ${verdict.code}`);
  });
  // H(A1), H(A2) and the response over both (RFC 7616 §3.4.1), of texts as long as these.
  const name = opensslNames[algorithm] ?? "md5";
  const texts = [60, 30, 150].map((length) => "x".repeat(length));
  const bareHashesPerSecond = perSecond(REGISTERS, () => {
    for (const text of texts) createHash(name).update(text).digest("hex");
  });
  return { algorithm, challengesPerSecond, verifiedPerSecond, bareHashesPerSecond };
}

export async function digestBench(): Promise<Report> {
  const raw: Round[] = [];
  // The first round only warms up.
  for (let index = 0; index <= ROUNDS; index++) {
    for (const algorithm of algorithms) {
      const measured = round(algorithm);
      if (index > 0) raw.push(measured);
    }
  }
  const rows: Cell[][] = algorithms.map((algorithm) => {
    const of = (pick: (row: Round) => number): number =>
      median(raw.filter((row) => row.algorithm === algorithm).map(pick));
    const verified = of((row) => row.verifiedPerSecond);
    const bare = of((row) => row.bareHashesPerSecond);
    return [
      algorithm,
      Math.round(of((row) => row.challengesPerSecond)),
      Math.round(verified),
      Math.round(bare),
      (bare / verified).toFixed(1),
    ];
  });
  const slowest = Math.min(...rows.map((row) => Math.min(Number(row[1]), Number(row[2]))));
  return {
    name: "digest",
    title: "REGISTERs challenged and judged a second (Digest)",
    method: [
      `One process, ${REGISTERS} REGISTERs a round, each with a nonce of its own; median of ${ROUNDS} rounds after one that is not counted.`,
      "Challenged: from bytes to the 401's bytes, with a nonce made and signed. Judged: from bytes with credentials to the verdict, with the nonce's signature, its age and its count checked.",
      "Bare: the three hashes of RFC 7616 §3.4.1 alone, by the same library, over texts as long as these.",
    ],
    goals: [{ goal: "digest challenges a second", reached: "reported", measured: `at least ${slowest}/s` }],
    columns: [
      "algorithm",
      "challenged/s",
      "judged/s",
      "bare hashes, three each, /s",
      "a judgement costs, in those",
    ],
    rows,
    raw,
  };
}
