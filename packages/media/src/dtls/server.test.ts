import assert from "node:assert/strict";
import { test } from "node:test";
import { handshakeType } from "./handshake.ts";
import { makeTestCertificate, missingOpenssl, runOpenssl, type TestCertificate } from "./openssl-client.ts";
import { contentType, readRecords, writeRecord } from "./record.ts";
import { DtlsServer } from "./server.ts";

const skip = missingOpenssl();
const make = () => (skip === false ? makeTestCertificate() : ({} as TestCertificate));
const [ours, theirs] = [make(), make()];

const serverFor = (clientFingerprint = theirs.fingerprint) =>
  new DtlsServer({ certificate: ours.der, privateKey: ours.key, clientFingerprint });

const failed = (server: DtlsServer) => server.state === "failed";

/** Replaces the body of the client's CertificateVerify, however records and datagrams cut it off from others. */
function withSignature(datagram: Buffer, change: (signature: Buffer) => Buffer): Buffer {
  const records = readRecords(datagram).map((record) => {
    const { type, epoch, body } = record;
    if (type !== contentType.handshake || epoch !== 0 || body[0] !== handshakeType.certificateVerify)
      return record;
    // header of 12, algorithm of 2, length of 2
    const signature = change(Buffer.from(body.subarray(16)));
    const head = Buffer.from(body.subarray(0, 16));
    head.writeUIntBE(signature.length + 4, 1, 3);
    head.writeUIntBE(signature.length + 4, 9, 3);
    head.writeUInt16BE(signature.length, 14);
    return { ...record, body: Buffer.concat([head, signature]) };
  });
  return Buffer.concat(records.map(writeRecord));
}

/** The other signature that ECDSA takes for the same message: n - s in the place of s. */
function twin(signature: Buffer): Buffer {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const rLength = signature.readUInt8(3);
  const r = signature.subarray(2, 4 + rLength);
  const s = BigInt(`0x${signature.subarray(6 + rLength).toString("hex")}`);
  const hex = (order - s).toString(16);
  const bytes = Buffer.from(hex.length % 2 === 1 ? `0${hex}` : hex, "hex");
  const value = (bytes[0] ?? 0) > 127 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
  const content = Buffer.concat([r, Buffer.of(2, value.length), value]);
  return Buffer.concat([Buffer.of(0x30, content.length), content]);
}

test("OpenSSL and we derive the same keys for SRTP", { skip }, async () => {
  const server = serverFor();
  const text = await runOpenssl(theirs, (datagram) => ({ out: server.receive(datagram), done: false }));
  assert.match(text, /SRTP Extension negotiated, profile=SRTP_AES128_CM_SHA1_80/);
  assert.match(text, /Extended master secret: yes/);
  assert.ok(server.srtp);
  const { client, server: own } = server.srtp;
  const exported = /Keying material: ([0-9A-F]+)/.exec(text)?.[1]?.toLowerCase();
  assert.equal(exported, Buffer.concat([client.key, own.key, client.salt, own.salt]).toString("hex"));
  // it said good-bye under the keys
  assert.equal(server.state, "closed");
});

test("each datagram of the handshake is lost once, and it still comes to its end", { skip }, async () => {
  const server = serverFor();
  const lost = { in: 0, out: 0 };
  const text = await runOpenssl(theirs, (datagram) => {
    if (lost.in++ === 0) return { out: [], done: false };
    const out = server.receive(datagram);
    // our hello and our Finished, each the first time
    const isFirst = (lost.out === 0 && server.state === "shaking") || (lost.out === 1 && server.srtp);
    if (out.length > 0 && isFirst) lost.out++;
    return { out: isFirst ? [] : out, done: false };
  });
  assert.equal(lost.out, 2);
  assert.match(text, /Extended master secret: yes/);
});

test("datagrams that come twice change nothing", { skip }, async () => {
  const server = serverFor();
  const text = await runOpenssl(theirs, (datagram) => ({
    out: [...server.receive(datagram), ...server.receive(datagram)],
    done: false,
  }));
  assert.match(text, /Extended master secret: yes/);
});

test("a client with another certificate than the SDP's is refused", { skip }, async () => {
  const server = serverFor(ours.fingerprint);
  const text = await runOpenssl(theirs, (datagram) => ({
    out: server.receive(datagram),
    done: failed(server),
  }));
  assert.equal(server.failure, "wrong_fingerprint");
  assert.equal(server.srtp, undefined);
  assert.match(text, /alert bad certificate/i);
});

test("a client that shows no certificate is refused", { skip }, async () => {
  const server = serverFor();
  await runOpenssl(undefined, (datagram) => ({ out: server.receive(datagram), done: failed(server) }));
  assert.equal(server.failure, "wrong_fingerprint");
});

test("who shows the right certificate but has not its key is refused", { skip }, async () => {
  const server = serverFor();
  await runOpenssl(theirs, (datagram) => {
    const changed = withSignature(datagram, (signature) => {
      const at = signature.length - 1;
      signature[at] = (signature[at] ?? 0) ^ 1;
      return signature;
    });
    return { out: server.receive(changed), done: failed(server) };
  });
  assert.equal(server.failure, "wrong_signature");
  assert.equal(server.srtp, undefined);
});

test("a handshake that was changed under way fails at Finished", { skip }, async () => {
  const server = serverFor();
  await runOpenssl(theirs, (datagram) => ({
    out: server.receive(withSignature(datagram, twin)),
    done: failed(server),
  }));
  assert.equal(server.failure, "wrong_finished");
  assert.equal(server.srtp, undefined);
});

for (const [what, options] of [
  ["SRTP", []],
  ["our cipher suite", ["-use_srtp", "SRTP_AES128_CM_SHA1_80", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384"]],
  ["our profile of SRTP", ["-use_srtp", "SRTP_AEAD_AES_256_GCM"]],
  ["our curve", ["-use_srtp", "SRTP_AES128_CM_SHA1_80", "-curves", "P-384"]],
] as const)
  test(`a client without ${what} is refused`, { skip }, async () => {
    const server = serverFor();
    const answer = (datagram: Buffer) => ({ out: server.receive(datagram), done: failed(server) });
    const text = await runOpenssl(theirs, answer, options);
    assert.equal(server.failure, "nothing_in_common", text);
  });

test("a client without the extended master secret is refused", { skip }, async () => {
  const server = serverFor();
  await runOpenssl(theirs, (datagram) => {
    // the extension gets another number under way: this OpenSSL cannot leave it out
    const changed = Buffer.from(datagram.toString("hex").replace("00170000", "7a7a0000"), "hex");
    return { out: server.receive(changed), done: failed(server) };
  });
  assert.equal(server.failure, "nothing_in_common");
});
