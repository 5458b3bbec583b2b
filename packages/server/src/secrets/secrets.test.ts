import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { AppError, type ErrorCode } from "../errors.ts";
import { testFolder } from "../store/test-store.ts";
import { parseSecretKey } from "./secret-key.ts";
import { Secrets } from "./secrets.ts";

const hexKey = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

function scene(test: TestContext) {
  const path = join(testFolder(test), "secret.key");
  const lines: string[] = [];
  const line = (fields: object, message: string) => lines.push(`${JSON.stringify(fields)} ${message}`);
  return {
    path,
    lines,
    open: (key?: string) => new Secrets({ path, key, log: { warn: line, error: line } }),
  };
}

function fails(code: ErrorCode, sentence: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof AppError);
    assert.equal(error.code, code);
    assert.match(error.message, sentence);
    return true;
  };
}

test("what is sealed is unsealed by the next start, and tells nothing by itself", (t) => {
  const { open } = scene(t);
  const secrets = open();
  for (const plain of ["", "secret1001", "pässwörd \u{1f511}", "x".repeat(10_000)]) {
    const sealed = secrets.seal(plain, "registration agt_1");
    if (plain !== "") assert.ok(!sealed.includes(plain));
    assert.equal(open().unseal(sealed, "registration agt_1"), plain);
    assert.notEqual(secrets.seal(plain, "registration agt_1"), sealed);
  }
});

test("the key file is made with the first secret, for its owner alone", (t) => {
  const { open, path } = scene(t);
  const secrets = open();
  assert.ok(!existsSync(path));
  secrets.seal("a", "p");
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.match(readFileSync(path, "utf8"), /^[0-9a-f]{64}\n$/);
  assert.ok(!existsSync(`${path}.new`));
});

test("a key file that others can read is closed, and said so", (t) => {
  const { open, path, lines } = scene(t);
  const sealed = open().seal("a", "p");
  chmodSync(path, 0o644);
  assert.equal(open().unseal(sealed, "p"), "a");
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? "", /could be read by others/);
});

test("a secret is of one purpose, and every changed byte is noticed", (t) => {
  const secrets = scene(t).open();
  const sealed = secrets.seal("secret", "registration agt_1");
  assert.throws(
    () => secrets.unseal(sealed, "registration agt_2"),
    fails("secret_unreadable", /set it again/),
  );
  const [version, id, body = ""] = sealed.split(".");
  const bytes = Buffer.from(body, "base64url");
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    const text = `${version}.${id}.${changed.toString("base64url")}`;
    assert.throws(
      () => secrets.unseal(text, "registration agt_1"),
      fails("secret_unreadable", /set it again/),
    );
  }
  for (const rubbish of ["", "v1", "v2.x.y", `${sealed}.`, `v1.${id}.AAAA`]) {
    assert.throws(() => secrets.unseal(rubbish, "p"), fails("secret_unreadable", /damaged/));
  }
});

test("a lost key: old secrets say so, new ones are stored", (t) => {
  const { open, path } = scene(t);
  const sealed = open().seal("old", "p");
  rmSync(path);
  const secrets = open();
  assert.throws(() => secrets.unseal(sealed, "p"), fails("secret_unreadable", /another key .*secret\.key/));
  assert.ok(!existsSync(path), "unsealing makes no key");
  assert.equal(secrets.unseal(secrets.seal("new", "p"), "p"), "new");
});

test("a damaged key file is left as it is: nothing is sealed, one line of the log says why", (t) => {
  const { open, path, lines } = scene(t);
  const sealed = open().seal("old", "p");
  writeFileSync(path, "rubbish");
  const secrets = open();
  assert.match(lines.join(), /secrets_unavailable.*holds no key/);
  assert.equal(lines.length, 1);
  assert.throws(() => secrets.seal("new", "p"), fails("secrets_unavailable", /restore it/));
  assert.throws(() => secrets.unseal(sealed, "p"), fails("secret_unreadable", /another key/));
  assert.equal(readFileSync(path, "utf8"), "rubbish");
});

test("a key from the environment seals; what the file's key sealed is still read", (t) => {
  const { open, path } = scene(t);
  const byFile = open().seal("file", "p");
  const secrets = open(hexKey);
  assert.equal(secrets.unseal(byFile, "p"), "file");
  const byEnvironment = secrets.seal("environment", "p");
  rmSync(path);
  assert.equal(open(hexKey).unseal(byEnvironment, "p"), "environment");
  assert.ok(!existsSync(path));
  assert.throws(() => open().unseal(byEnvironment, "p"), fails("secret_unreadable", /RINGDOWN_KEY/));
});

test("a key file that cannot be made is said, not thrown at the start", (t) => {
  const path = join(testFolder(t), "no-such-folder", "secret.key");
  const secrets = new Secrets({ path });
  assert.throws(() => secrets.seal("a", "p"), fails("secrets_unavailable", /cannot be made/));
});

test("keys are read as hexadecimal digits and as base 64", () => {
  const bytes = Buffer.from(hexKey, "hex");
  for (const text of [
    hexKey,
    hexKey.toUpperCase(),
    ` ${hexKey}\n`,
    bytes.toString("base64"),
    bytes.toString("base64url"),
  ]) {
    assert.deepEqual(parseSecretKey(text)?.bytes, bytes, text);
  }
  for (const text of [
    "",
    "secret",
    hexKey.slice(1),
    `${hexKey}0`,
    `${bytes.toString("base64")}=`,
    "!".repeat(43),
  ]) {
    assert.equal(parseSecretKey(text), undefined, text);
  }
});
