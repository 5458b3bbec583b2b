import { createHash, generateKeyPairSync } from "node:crypto";
import { extension, fragmentOf, handshakeType, vector, words } from "../dtls/handshake.ts";
import { contentType, writeRecord } from "../dtls/record.ts";
import { DtlsServer } from "../dtls/server.ts";
import { hold, type MediaFuzzTarget } from "./target.ts";

/** A client's, whose key nobody has any more. */
const certificate = Buffer.from(
  "MIIBdjCCARygAwIBAgITfINRqnZ9Vo81nXPKQYEvuUMoljAKBggqhkjOPQQDAjARMQ8wDQYDVQQDDAZXZWJSVEMwHhcNMjYxMTI3MTAwMDU4WhcNMzYxMTI0MTAwMDU4WjARMQ8wDQYDVQQDDAZXZWJSVEMwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR7Ws7ukZyvAbwWW1ig+ZeorNBTIjr+gry4bTeCVGnnxbgOuQTNbF8s47DZl8j5c2vARBSUIMDgvc2a+eurAYz7o1MwUTAdBgNVHQ4EFgQUpXlTq5xc92lWbMgzXCoh5SpKoRMwHwYDVR0jBBgwFoAUpXlTq5xc92lWbMgzXCoh5SpKoRMwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEAnFOp398mz1NFIupD1PpuYdJcLVzxE4rzZAZ84OFrDSoCIHrys/9oGT8yxgqzKH0lEOZ2WM1/s31+M2usV78j345J",
  "base64",
);
const clientFingerprint = createHash("sha256").update(certificate).digest();
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
/** The curve's own base point: a good one, of a secret that all know. */
const point = Buffer.from(
  "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
  "hex",
);

const item = (type: number, value: Buffer) => Buffer.concat([words(type), vector(2, value)]);
const hello = Buffer.concat([
  words(0xfefd),
  Buffer.alloc(32, 7),
  vector(1),
  vector(1),
  vector(2, words(0xc02b, 0xc02f, 0x00ff)),
  vector(1, Buffer.of(0)),
  vector(
    2,
    item(extension.extendedMasterSecret, Buffer.alloc(0)),
    item(extension.supportedGroups, vector(2, words(29, 23))),
    item(extension.pointFormats, vector(1, Buffer.of(0))),
    item(extension.signatureAlgorithms, vector(2, words(0x0403, 0x0804))),
    item(extension.useSrtp, Buffer.concat([vector(2, words(7, 1)), vector(1)])),
  ),
]);

const bodies: readonly (readonly [type: number, body: Buffer])[] = [
  [handshakeType.clientHello, hello],
  [handshakeType.certificate, vector(3, vector(3, certificate))],
  [handshakeType.clientKeyExchange, vector(1, point)],
  [handshakeType.certificateVerify, Buffer.concat([words(0x0403), vector(2, Buffer.alloc(70, 0x30))])],
];

/** The first messages, each a datagram behind two bytes of its length, in pieces of a size. */
function shaking(count: number, piece: number): Buffer {
  const datagrams: Buffer[] = [];
  for (const [sequence, [type, body]] of bodies.slice(0, count).entries())
    for (let at = 0; at < body.length; at += piece) {
      const part = fragmentOf({ type, sequence, body }, at, Math.min(piece, body.length - at));
      const record = { type: contentType.handshake, epoch: 0, sequence: datagrams.length, body: part };
      datagrams.push(vector(2, writeRecord(record)));
    }
  return Buffer.concat(datagrams);
}

/** Bytes as datagrams to a DTLS server: nothing is thrown, answers are bounded, and no keys come of them. */
export const dtlsTarget: MediaFuzzTarget = {
  name: "dtls",
  material: {
    words: ["16fefd", "15fefd", "14fefd", "0001", "ffffff", "000000", "0010", "0017", "02", "00"].map((hex) =>
      Buffer.from(hex, "hex"),
    ),
    joints: "\x16\xfe\xfd\x00\x01\x0b",
  },
  seeds: () => [shaking(1, 4000), shaking(1, 60), shaking(2, 4000), shaking(3, 100), shaking(4, 4000)],
  run(bytes) {
    const server = new DtlsServer({ certificate, privateKey, clientFingerprint });
    let came = 0;
    let sent = 0;
    for (let at = 0; at + 2 <= bytes.length; came++) {
      const end = at + 2 + bytes.readUInt16BE(at);
      const out = server.receive(bytes.subarray(at + 2, end));
      hold(out.length <= 2, "a datagram is answered by two at most");
      for (const datagram of out) hold(datagram.length <= 1200, "a datagram of ours passes everywhere");
      sent += out.length;
      at = end;
    }
    hold(sent <= 2 * came, "who says nothing hears nothing");
    hold(server.srtp === undefined && server.state !== "connected", "no keys without a proof");
    return `${server.state} ${server.failure ?? ""}`;
  },
};
