import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { HostsFile, localAddresses, parseHosts } from "./hosts-file.ts";

describe("parseHosts", () => {
  it("reads addresses, names, aliases and comments, and passes over what is none", () => {
    const table = parseHosts(
      "# a comment\n192.0.2.1\tPBX.example pbx # more\r\n2001:db8::1 pbx\n192.0.2.1 pbx\n\njunk x\n192.0.2.2\n192.0.2.3 a..b ok\n",
    );
    assert.deepEqual(
      [...table],
      [
        ["pbx.example", ["192.0.2.1"]],
        ["pbx", ["192.0.2.1", "2001:db8::1"]],
        ["ok", ["192.0.2.3"]],
      ],
    );
  });

  it("bounds the addresses of a name", () => {
    const lines = Array.from({ length: 200 }, (_, at) => `10.0.0.${at + 1} many`).join("\n");
    assert.equal(parseHosts(lines).get("many")?.length, 16);
  });
});

describe("localAddresses", () => {
  it("knows localhost without a file (RFC 6761 §6.3), and leaves the rest to DNS", () => {
    assert.deepEqual(localAddresses("localhost", new Map()), ["127.0.0.1", "::1"]);
    assert.deepEqual(localAddresses("pbx.localhost", new Map()), ["127.0.0.1", "::1"]);
    assert.deepEqual(localAddresses("localhost", new Map([["localhost", ["127.0.0.1"]]])), ["127.0.0.1"]);
    assert.equal(localAddresses("notlocalhost", new Map()), undefined);
  });
});

describe("HostsFile", () => {
  it("reads the file, and is empty where there is none", async () => {
    const folder = await mkdtemp(join(tmpdir(), "hosts-"));
    const path = join(folder, "hosts");
    assert.equal((await new HostsFile(path).table()).size, 0);
    await writeFile(path, "192.0.2.1 pbx\n");
    assert.deepEqual((await new HostsFile(path).table()).get("pbx"), ["192.0.2.1"]);
    await rm(folder, { recursive: true });
  });
});
