import { createHash, randomBytes } from "node:crypto";
import type { Kysely } from "kysely";
import { AppError } from "../errors.ts";
import { newId } from "./ids.ts";
import type { TokenRecord } from "./records.ts";
import type { Schema, TokenTable } from "./schema.ts";
import type { NewToken, TokenRepository } from "./store.ts";

/** Says at a glance, and to secret scanners, what a leaked string is. */
export const TOKEN_PREFIX = "rdt_";
const TOKEN_BYTES = 24;
const MAX_TOKENS_PER_ORGANIZATION = 1000;
/** Longer than any token can be: what is longer is not even hashed. */
const MAX_PRESENTED_LENGTH = 512;

/** A new token: 192 random bits. Also for one made before its organization is. */
export function randomToken(): string {
  return TOKEN_PREFIX + randomBytes(TOKEN_BYTES).toString("base64url");
}

function hashOf(plain: string): string {
  return createHash("sha256").update(plain).digest("hex");
}

function mask(plain: string): string {
  if (plain.startsWith(TOKEN_PREFIX)) return `${plain.slice(0, TOKEN_PREFIX.length + 4)}…${plain.slice(-4)}`;
  return `…${plain.slice(plain.length >= 24 ? -4 : -2)}`;
}

function toRecord({ hash: _, ...row }: TokenTable): TokenRecord {
  return row;
}

export class SqlTokens implements TokenRepository {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async create(
    organizationId: string,
    { description, type = "admin" }: { description: string; type?: "admin" },
  ): Promise<NewToken> {
    const token = randomToken();
    const row = this.#row(organizationId, token, description, type, "api");
    await this.#db.transaction().execute(async (db) => {
      const { count } = await db
        .selectFrom("tokens")
        .select((e) => e.fn.countAll<number>().as("count"))
        .where("organizationId", "=", organizationId)
        .executeTakeFirstOrThrow();
      if (count >= MAX_TOKENS_PER_ORGANIZATION) throw new AppError("tokens_full");
      await db.insertInto("tokens").values(row).execute();
    });
    return { ...toRecord(row), token };
  }

  async verify(plain: string): Promise<{ organizationId: string; tokenId: string } | undefined> {
    if (plain === "" || plain.length > MAX_PRESENTED_LENGTH) return undefined;
    // Looked up by its hash: how long the look-up takes tells nothing about the token itself.
    const row = await this.#db
      .selectFrom("tokens")
      .select(["id", "organizationId"])
      .where("hash", "=", hashOf(plain))
      .executeTakeFirst();
    return row === undefined ? undefined : { organizationId: row.organizationId, tokenId: row.id };
  }

  async list(organizationId: string): Promise<TokenRecord[]> {
    const rows = await this.#db
      .selectFrom("tokens")
      .selectAll()
      .where("organizationId", "=", organizationId)
      .orderBy("id")
      .execute();
    return rows.map(toRecord);
  }

  async delete(organizationId: string, which: string): Promise<void> {
    await this.#db.transaction().execute(async (db) => {
      const rows = await db
        .selectFrom("tokens")
        .selectAll()
        .where("organizationId", "=", organizationId)
        .execute();
      const hash = hashOf(which);
      const exact = rows.filter((row) => row.hash === hash || row.id === which);
      const matching = exact.length > 0 ? exact : rows.filter((row) => row.masked === which);
      const [row] = matching;
      if (row === undefined) throw new AppError("token_not_found");
      if (matching.length > 1) {
        throw new AppError("token_not_found", "Several tokens look like that: name the one by its id.");
      }
      if (rows.length === 1) throw new AppError("token_last");
      await db.deleteFrom("tokens").where("id", "=", row.id).execute();
    });
  }

  async useEnvironmentToken(organizationId: string, plain: string): Promise<void> {
    const row = this.#row(organizationId, plain, "RINGDOWN_TOKEN", "admin", "environment");
    await this.#db.transaction().execute(async (db) => {
      await db
        .deleteFrom("tokens")
        .where("origin", "=", "environment")
        .where("hash", "!=", row.hash)
        .execute();
      await db
        .insertInto("tokens")
        .values(row)
        .onConflict((conflict) => conflict.column("hash").doNothing())
        .execute();
    });
  }

  #row(
    organizationId: string,
    plain: string,
    description: string,
    type: "admin",
    origin: TokenTable["origin"],
  ): TokenTable {
    return {
      id: newId("tok"),
      organizationId,
      hash: hashOf(plain),
      masked: mask(plain),
      description,
      type,
      origin,
      createdAt: new Date().toISOString(),
    };
  }
}
