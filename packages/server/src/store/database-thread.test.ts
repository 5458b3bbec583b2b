import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { AppError } from "../errors.ts";
import { DatabaseError, isBusy, isUniqueViolation } from "./database-error.ts";
import type { Statement } from "./database-protocol.ts";
import { DatabaseThread, startDatabaseWorker } from "./database-thread.ts";
import { testFolder } from "./test-store.ts";

const never = (error: Error): void => assert.fail(error);

async function threadWith(test: TestContext, ...statements: string[]): Promise<DatabaseThread> {
  const thread = await DatabaseThread.open(":memory:", never);
  test.after(() => thread.close());
  for (const sql of statements) await thread.run({ sql, parameters: [] });
  return thread;
}

function counting(to: number): Statement {
  const sql =
    "with recursive n(i) as (select 1 union all select i + 1 from n where i < ?) select max(i) m from n";
  return { sql, parameters: [to] };
}

async function rowsOf(thread: DatabaseThread): Promise<unknown[]> {
  return (await thread.run({ sql: "select id from items order by id", parameters: [] })).rows;
}

test("a transaction is carried out whole or not at all", async (t) => {
  const thread = await threadWith(t, "create table items (id integer primary key)");
  const insert = (id: number) => ({ sql: "insert into items (id) values (?)", parameters: [id] });
  await thread.transaction([insert(1), insert(2)]);
  await assert.rejects(thread.transaction([insert(3), insert(2)]), (error) => {
    assert.ok(error instanceof DatabaseError);
    assert.ok(isUniqueViolation(error, "items.id"));
    assert.ok(!isUniqueViolation(error, "items.name"));
    assert.ok(!isBusy(error));
    return true;
  });
  assert.deepEqual(await rowsOf(thread), [{ id: 1 }, { id: 2 }]);
  const changed = await thread.run({ sql: "update items set id = id + 10", parameters: [] });
  assert.deepEqual(changed, { rows: [], changes: 2 });
});

test("this thread goes on while the database computes", async (t) => {
  const thread = await threadWith(t);
  let turns = 0;
  let counted = false;
  const result = thread.run(counting(500_000)).finally(() => {
    counted = true;
  });
  while (!counted) {
    await new Promise((resolve) => setImmediate(resolve));
    turns += 1;
  }
  assert.deepEqual((await result).rows, [{ m: 500_000 }]);
  assert.ok(turns > 1);
});

test("errors of every kind come over with what they say", async (t) => {
  const thread = await threadWith(t);
  await assert.rejects(thread.run({ sql: "select nonsense", parameters: [] }), { code: "SQLITE_ERROR" });
  // What SQLite cannot bind is the driver's own TypeError.
  await assert.rejects(thread.run({ sql: "select ?", parameters: [true] }), /can only bind/);
  const open = DatabaseThread.open(join(testFolder(t), "none", "\0"), never);
  await assert.rejects(open, (error) => error instanceof AppError && error.code === "database_unavailable");
});

test("what waits for a thread that ends is refused, and so is all that comes later", async () => {
  const worker = startDatabaseWorker();
  const lost: Error[] = [];
  const thread = await DatabaseThread.open(":memory:", (error) => void lost.push(error), worker);
  // Long enough that its answer cannot come first.
  const waiting = thread.run(counting(5_000_000));
  const refused = assert.rejects(waiting, { code: "database_unavailable" });
  await worker.terminate();
  await refused;
  assert.deepEqual(
    lost.map((error) => (error as AppError).code),
    ["database_unavailable"],
  );
  await assert.rejects(thread.run({ sql: "select 1", parameters: [] }), { code: "database_unavailable" });
  await thread.close();
});

test("a thread that was closed says so to who comes late, and is not lost", async () => {
  const thread = await DatabaseThread.open(":memory:", never);
  const last = thread.run({ sql: "select 1 one", parameters: [] });
  await thread.close();
  assert.deepEqual((await last).rows, [{ one: 1 }]);
  await thread.close();
  await assert.rejects(thread.run({ sql: "select 1", parameters: [] }), { code: "database_unavailable" });
});
