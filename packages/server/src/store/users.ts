import { createHash, randomBytes } from "node:crypto";
import type { Kysely } from "kysely";
import { AppError } from "../errors.ts";
import { newId } from "./ids.ts";
import type { Session, User, UserRole } from "./records.ts";
import type { Schema, UserTable } from "./schema.ts";
import type { UserRepository } from "./store.ts";

const MAX_USERS_PER_ORGANIZATION = 1000;
const MAX_SESSIONS_PER_USER = 50;
const SESSION_BYTES = 32;
/** A session ends when nobody came with it for so long, and in any case after the second time. */
const IDLE_MS = 7 * 24 * 3_600_000;
export const SESSION_MS = 30 * 24 * 3_600_000;
/** When it was last used is written so often at most. */
const SEEN_EVERY_MS = 5 * 60_000;

function hashOf(plain: string): string {
  return createHash("sha256").update(plain).digest("hex");
}

function toUser({ passwordHash: _, usernameKey: _key, ...user }: UserTable): User {
  return user;
}

export class SqlUsers implements UserRepository {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async list(organizationId: string): Promise<User[]> {
    const rows = await this.#db
      .selectFrom("users")
      .selectAll()
      .where("organizationId", "=", organizationId)
      .orderBy("usernameKey")
      .execute();
    return rows.map(toUser);
  }

  async find(username: string): Promise<{ user: User; passwordHash: string | null } | undefined> {
    const row = await this.#db
      .selectFrom("users")
      .selectAll()
      .where("usernameKey", "=", username.toLowerCase())
      .executeTakeFirst();
    return row && { user: toUser(row), passwordHash: row.passwordHash };
  }

  async create(
    organizationId: string,
    { username, role }: { username: string; role: UserRole },
  ): Promise<User> {
    const row: UserTable = {
      ...{ id: newId("usr"), organizationId, username, usernameKey: username.toLowerCase(), role },
      ...{ passwordHash: null, passwordSetAt: null, lastSignInAt: null, createdAt: new Date().toISOString() },
    };
    await this.#db.transaction().execute(async (db) => {
      const { count } = await db
        .selectFrom("users")
        .select((e) => e.fn.countAll<number>().as("count"))
        .where("organizationId", "=", organizationId)
        .executeTakeFirstOrThrow();
      if (count >= MAX_USERS_PER_ORGANIZATION) throw new AppError("users_full");
      const { numInsertedOrUpdatedRows } = await db
        .insertInto("users")
        .values(row)
        .onConflict((conflict) => conflict.column("usernameKey").doNothing())
        .executeTakeFirstOrThrow();
      if (numInsertedOrUpdatedRows === 0n) throw new AppError("user_taken");
    });
    return toUser(row);
  }

  async setRole(organizationId: string, id: string, role: UserRole): Promise<User> {
    return this.#keepingAnOwner(organizationId, id, async (db) => {
      await db.updateTable("users").set({ role }).where("id", "=", id).execute();
    });
  }

  async delete(organizationId: string, id: string): Promise<User> {
    return this.#keepingAnOwner(organizationId, id, async (db) => {
      await db.deleteFrom("sessions").where("userId", "=", id).execute();
      await db.deleteFrom("users").where("id", "=", id).execute();
    });
  }

  /** An organization without an owner could not be changed by anybody who signs in. */
  async #keepingAnOwner(
    organizationId: string,
    id: string,
    change: (db: Kysely<Schema>) => Promise<void>,
  ): Promise<User> {
    return this.#db.transaction().execute(async (db) => {
      const before = await db
        .selectFrom("users")
        .selectAll()
        .where("id", "=", id)
        .where("organizationId", "=", organizationId)
        .executeTakeFirst();
      if (before === undefined) throw new AppError("user_not_found");
      await change(db);
      const owners = await db
        .selectFrom("users")
        .select("id")
        .where("organizationId", "=", organizationId)
        .where("role", "=", "owner")
        .limit(1)
        .execute();
      if (owners.length === 0) throw new AppError("user_last_owner");
      const after = await db.selectFrom("users").selectAll().where("id", "=", id).executeTakeFirst();
      return toUser(after ?? before);
    });
  }

  async setPassword(id: string, passwordHash: string, now: number): Promise<void> {
    await this.#db.transaction().execute(async (db) => {
      await db
        .updateTable("users")
        .set({ passwordHash, passwordSetAt: new Date(now).toISOString() })
        .where("id", "=", id)
        .execute();
      await db.deleteFrom("sessions").where("userId", "=", id).execute();
    });
  }

  async openSession(userId: string, now: number): Promise<string> {
    const secret = randomBytes(SESSION_BYTES).toString("base64url");
    await this.#db.transaction().execute(async (db) => {
      await db
        .deleteFrom("sessions")
        .where((e) => e.or([e("expiresAt", "<=", now), e("seenAt", "<=", now - IDLE_MS)]))
        .execute();
      const older = await db
        .selectFrom("sessions")
        .select("hash")
        .where("userId", "=", userId)
        .orderBy("createdAt", "desc")
        .offset(MAX_SESSIONS_PER_USER - 1)
        .limit(MAX_SESSIONS_PER_USER)
        .execute();
      if (older.length > 0) {
        const hashes = older.map(({ hash }) => hash);
        await db.deleteFrom("sessions").where("hash", "in", hashes).execute();
      }
      await db
        .insertInto("sessions")
        .values({ hash: hashOf(secret), userId, createdAt: now, seenAt: now, expiresAt: now + SESSION_MS })
        .execute();
      const lastSignInAt = new Date(now).toISOString();
      await db.updateTable("users").set({ lastSignInAt }).where("id", "=", userId).execute();
    });
    return secret;
  }

  async session(secret: string, now: number): Promise<Session | undefined> {
    const hash = hashOf(secret);
    const row = await this.#db
      .selectFrom("sessions")
      .innerJoin("users", "users.id", "sessions.userId")
      .selectAll("users")
      .select(["sessions.seenAt", "sessions.expiresAt"])
      .where("sessions.hash", "=", hash)
      .executeTakeFirst();
    if (row === undefined || row.expiresAt <= now || row.seenAt <= now - IDLE_MS) return undefined;
    const { seenAt, expiresAt, ...user } = row;
    if (now - seenAt > SEEN_EVERY_MS) {
      await this.#db.updateTable("sessions").set({ seenAt: now }).where("hash", "=", hash).execute();
    }
    return { user: toUser(user), expiresAt: new Date(Math.min(expiresAt, now + IDLE_MS)).toISOString() };
  }

  async closeSession(secret: string): Promise<void> {
    await this.#db.deleteFrom("sessions").where("hash", "=", hashOf(secret)).execute();
  }

  async hasPassword(organizationId: string): Promise<boolean> {
    const row = await this.#db
      .selectFrom("users")
      .select("id")
      .where("organizationId", "=", organizationId)
      .where("passwordHash", "is not", null)
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }
}
