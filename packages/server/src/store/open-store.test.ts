import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import Database from "better-sqlite3";
import { AppError, type ErrorCode } from "../errors.ts";
import { openStore } from "./open-store.ts";
import { callRecord, testFolder } from "./test-store.ts";

async function assertFails(path: string, code: ErrorCode, sentence: RegExp): Promise<void> {
  await assert.rejects(openStore(path), (error) => {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, sentence);
    assert.doesNotMatch(error.message, /\n/);
    assert.ok(error.message.includes(path));
    return true;
  });
}

test("a new store makes its folder 0700 and its file 0600, and keeps what is written", async (t) => {
  const path = join(testFolder(t), "data", "ringdown.db");
  const store = await openStore(path);
  const { id } = await store.organizations.create({ name: "First" });
  await store.accessList.add(id, { ip: "127.0.0.1", label: "self" });
  await store.agents.create(id, { username: "demo", phoneNumbers: ["+15125550100"] });
  assert.equal(statSync(join(path, "..")).mode & 0o777, 0o700);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(`${path}-wal`).mode & 0o777, 0o600);
  await store.close();

  const again = await openStore(path);
  assert.deepEqual(
    (await again.organizations.list()).map(({ name }) => name),
    ["First"],
  );
  assert.equal(again.agents.directory().find("+15125550100")?.username, "demo");
  assert.ok(again.accessList.matcher().lists(id, "127.0.0.1"));
  await again.close();
});

test("a database of an earlier version is brought up to date, with what it holds", async (t) => {
  const path = join(testFolder(t), "ringdown.db");
  const store = await openStore(path);
  const { id } = await store.organizations.create({ name: "First" });
  await store.calls.insert(callRecord({ id: "call_1", organizationId: id }));
  const agent = await store.agents.create(id, { username: "old", title: "As it was" });
  await store.close();
  const shell = new Database(path);
  shell.exec("alter table calls drop column messages");
  shell.exec(
    "drop table registrations; drop table outboundRoutes; drop table destinationSettings; drop table tasks; drop table taskTargets; drop table taskDays; drop table taskLimits; drop table idempotencyKeys; drop table sessions; drop table users; drop table providers; drop table webhooks; drop table webhookDeliveries; drop table sipCaptures; drop table namedSecrets; drop table agentVersions; drop table agentDrafts; drop index callsToFollowUp; alter table calls drop column followUp; alter table calls drop column report; alter table calls drop column qualitySamples; drop index callsByAge",
  );
  shell.exec("delete from kysely_migration where name >= '0002_messages'");
  shell.close();
  const again = await openStore(path);
  assert.deepEqual((await again.calls.get(id, "call_1"))?.messages, []);
  assert.deepEqual((await again.calls.get(id, "call_1"))?.qualitySamples, []);
  assert.deepEqual(await again.registrations.list(), []);
  assert.deepEqual(await again.outboundRoutes.list(id), []);
  assert.equal(again.destinations.get(id), undefined);
  assert.equal(again.providers.get(id, "openai"), undefined);
  assert.deepEqual(again.namedSecrets.list(id), []);
  assert.deepEqual(again.webhooks.list(id), []);
  await again.agents.update(agent.id, { title: "As it is" });
  const versions = await again.agentHistory.versions(agent.id, 10);
  assert.deepEqual(
    versions.map(({ settings }) => settings.title),
    ["As it is", "As it was"],
    "what it was before there were versions is kept with its first change",
  );
  assert.deepEqual(await again.calls.toFollowUp(10), []);
  await again.close();
});

test("a database that another Ringdown uses is refused, and free again after it", async (t) => {
  const path = join(testFolder(t), "ringdown.db");
  const store = await openStore(path);
  await assertFails(path, "database_locked", /Another Ringdown uses the database/);
  await store.organizations.list();
  await store.close();
  await (await openStore(path)).close();
});

test("a Ringdown that was killed leaves no lock behind", async (t) => {
  const path = join(testFolder(t), "ringdown.db");
  const source = `
    const { openStore } = await import(${JSON.stringify(new URL("./open-store.ts", import.meta.url).href)});
    const store = await openStore(${JSON.stringify(path)});
    await store.organizations.create({ name: "Killed" });
    process.stdout.write("open");
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", source], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  await assertFails(path, "database_locked", /Another Ringdown/);
  child.kill("SIGKILL");
  await once(child, "exit");
  const store = await openStore(path);
  assert.equal((await store.organizations.list()).length, 1);
  await store.close();
});

test("a database on which a shell holds a lock is refused", async (t) => {
  const path = join(testFolder(t), "ringdown.db");
  await (await openStore(path)).close();
  const shell = new Database(path);
  shell.exec("BEGIN EXCLUSIVE");
  await assertFails(path, "database_locked", /Another program holds a lock/);
  shell.close();
  await (await openStore(path)).close();
});

test("a file that is no database is refused and stays as it is", async (t) => {
  const path = join(testFolder(t), "ringdown.db");
  for (const content of [
    "not a database, but somebody's only copy of something",
    "short",
    "x".repeat(100_000),
  ]) {
    writeFileSync(path, content);
    await assertFails(
      path,
      "database_corrupt",
      /is damaged \(it is not a SQLite database\)\. Nothing was changed/,
    );
    assert.equal(readFileSync(path, "utf8"), content);
    assert.ok(!existsSync(`${path}-wal`));
  }
});

test("a damaged database is refused and stays as it is", async (t) => {
  const path = join(testFolder(t), "ringdown.db");
  const store = await openStore(path);
  const { id } = await store.organizations.create({ name: "First" });
  for (let i = 0; i < 200; i++)
    await store.accessList.add(id, { ip: `10.0.0.${i + 1}`, label: "x".repeat(100) });
  await store.close();
  const sound = readFileSync(path);
  const damaged = Buffer.from(sound);
  damaged.fill(0xa5, Math.floor(sound.length / 2), Math.floor(sound.length / 2) + 12_288);
  for (const content of [damaged, sound.subarray(0, sound.length - 8192)]) {
    writeFileSync(path, content);
    await assertFails(path, "database_corrupt", /damaged .* restore it from a backup/);
    assert.ok(readFileSync(path).equals(content));
  }
  truncateSync(path, 0);
  await (await openStore(path)).close();
});

test("another program's database is refused", async (t) => {
  const path = join(testFolder(t), "ringdown.db");
  const foreign = new Database(path);
  foreign.exec("create table recipes (id integer)");
  foreign.close();
  await assertFails(path, "database_foreign", /belongs to another program/);
});

test("a database of a newer Ringdown is refused", async (t) => {
  const path = join(testFolder(t), "ringdown.db");
  await (await openStore(path)).close();
  const shell = new Database(path);
  shell.exec("insert into kysely_migration (name, timestamp) values ('9999_future', '2030-01-01')");
  shell.close();
  await assertFails(path, "database_newer", /newer Ringdown/);
});

test("a folder that cannot be made is a clear line", async (t) => {
  const folder = testFolder(t);
  writeFileSync(join(folder, "file"), "");
  await assertFails(join(folder, "file", "ringdown.db"), "database_unavailable", /cannot be opened/);
});
