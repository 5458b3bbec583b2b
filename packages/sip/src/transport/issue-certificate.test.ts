import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { createSecureContext } from "node:tls";
import { issueCertificate } from "./issue-certificate.ts";
import { certificateNames } from "./peer-names.ts";
import { Authority, validity } from "./tls-test-kit.ts";

test("a certificate holds its names, its time and its authority's signature", () => {
  const authority = new Authority("Our authority");
  const times = validity(-1, 30);
  const names = ["pbx.example.com", "192.0.2.7", "2001:db8::7", "sip:example.com"];
  const { cert, key } = issueCertificate({ ...times, names, issuer: authority.certificate });
  const read = new X509Certificate(cert);
  const root = new X509Certificate(authority.cert);
  assert.ok(read.verify(root.publicKey));
  assert.ok(read.checkIssued(root));
  assert.equal(read.subject, "CN=pbx.example.com");
  assert.equal(read.issuer, "CN=Our authority");
  assert.equal(read.ca, false);
  assert.equal(root.ca, true);
  assert.ok(read.checkHost("pbx.example.com"));
  for (const address of ["192.0.2.7", "2001:db8::7"]) assert.equal(read.checkIP(address), address);
  assert.deepEqual(certificateNames({ subjectaltname: read.subjectAltName }), [
    "example.com",
    "192.0.2.7",
    "2001:db8::7",
  ]);
  // To the second, as certificates count.
  assert.equal(Math.floor(times.notAfter.getTime() / 1000), new Date(read.validTo).getTime() / 1000);
  createSecureContext({ cert, key });
});

test("without an authority it signs itself; times beyond 2049 are written with four digits of the year", () => {
  const names = ["phone.example.com"];
  const { cert } = issueCertificate({
    names,
    notBefore: new Date("2049-12-31T23:59:59Z"),
    notAfter: new Date("2050-01-01T00:00:00Z"),
  });
  const read = new X509Certificate(cert);
  assert.ok(read.verify(read.publicKey));
  assert.equal(read.issuer, read.subject);
  assert.equal(new Date(read.validFrom).toISOString(), "2049-12-31T23:59:59.000Z");
  assert.equal(new Date(read.validTo).toISOString(), "2050-01-01T00:00:00.000Z");
});

test("no two certificates share key or serial number", () => {
  const options = { ...validity(0, 1), names: ["a.example"] };
  const [one, two] = [issueCertificate(options), issueCertificate(options)];
  assert.notEqual(new X509Certificate(one.cert).serialNumber, new X509Certificate(two.cert).serialNumber);
  assert.notEqual(one.key, two.key);
});
