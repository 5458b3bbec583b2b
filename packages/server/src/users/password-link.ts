// Links by which a user's password is set once: the first one, a new user's, a lost one's. A link is sealed with the
// node's key and stands nowhere in the database, so that the command line can make one while the node runs.
import { AppError } from "../errors.ts";
import type { Secrets } from "../secrets/secrets.ts";
import type { User } from "../store/records.ts";

const PURPOSE = "password link";
/** How long a link counts, milliseconds. */
export const LINK_MS = 24 * 3_600_000;
/** Longer than any link is. */
const MAX_LENGTH = 1_000;

export interface PasswordLink {
  username: string;
  /** Epoch milliseconds. */
  issuedAt: number;
}

/** @throws AppError secrets_unavailable */
export function makeLink(secrets: Pick<Secrets, "seal">, username: string, now: number): string {
  return secrets.seal(JSON.stringify({ username, issuedAt: now } satisfies PasswordLink), PURPOSE);
}

/** @throws AppError link_invalid */
export function readLink(secrets: Pick<Secrets, "unseal">, text: string, now: number): PasswordLink {
  if (text.length > MAX_LENGTH) throw new AppError("link_invalid");
  let link: PasswordLink;
  try {
    link = JSON.parse(secrets.unseal(text, PURPOSE)) as PasswordLink;
  } catch (cause) {
    throw new AppError("link_invalid", { cause });
  }
  if (now - link.issuedAt > LINK_MS)
    throw new AppError("link_invalid", "The link is too old: have a new one made.");
  return link;
}

/** A link counts until the password is set after it was made, by itself or by another. */
export function isOpenFor({ issuedAt }: PasswordLink, { passwordSetAt, createdAt }: User): boolean {
  return passwordSetAt === null ? issuedAt >= Date.parse(createdAt) : issuedAt > Date.parse(passwordSetAt);
}

/** The page that takes it. Behind the #, where no server and no log sees it. */
export function linkUrl(base: string, link: string): string {
  return `${base}/welcome#${link}`;
}
