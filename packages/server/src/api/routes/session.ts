import { Type } from "@fastify/type-provider-typebox";
import type { FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../../errors.ts";
import type { User } from "../../store/records.ts";
import { SESSION_MS } from "../../store/users.ts";
import { sessionCookie, sessionOf } from "../../users/cookie.ts";
import { PasswordHasher } from "../../users/password-hash.ts";
import { isOpenFor, readLink } from "../../users/password-link.ts";
import { checkPassword, SignInGuard } from "../../users/sign-in-guard.ts";
import type { Api } from "../api.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { answers, Done, success, UserSchema } from "../schemas.ts";
import { refuseOtherSites } from "../sessions.ts";

const tags = ["Users"];
const Closed = { additionalProperties: false } as const;
const Password = Type.String({ minLength: 1, maxLength: 1000 });
const Link = Type.String({
  minLength: 1,
  maxLength: 1000,
  description: "What stands behind the # of the link",
});
const SignedIn = success({
  message: Type.String(),
  user: UserSchema,
  organization: Type.Object({ id: Type.String(), name: Type.String() }),
});

/** Signing in and out, for browsers. None of it needs a token; what changes something wants the console's own page. */
export function sessionRoutes(
  app: Api,
  {
    store,
    config,
    secrets,
    hasher = new PasswordHasher(),
  }: Pick<ApiDependencies, "store" | "config" | "secrets" | "hasher">,
): void {
  const guard = new SignInGuard();
  const answer = async (user: User, message: string) => {
    const { id, name } = (await store.organizations.get(user.organizationId)) ?? { id: "", name: "" };
    return { success: true as const, message, user, organization: { id, name } };
  };

  const begin = async (reply: FastifyReply, user: User, message: string) => {
    const secret = await store.users.openSession(user.id, Date.now());
    reply.header("Set-Cookie", sessionCookie(config, secret, SESSION_MS / 1000));
    return answer(user, message);
  };

  const present = async (request: FastifyRequest): Promise<User> => {
    const secret = sessionOf(config, request);
    const session = secret === undefined ? undefined : await store.users.session(secret, Date.now());
    if (session === undefined) throw new AppError("session_required");
    return session.user;
  };

  /** Counts a wrong password; with too many of them nobody's is looked at. */
  const provePassword = async (
    request: FastifyRequest,
    reply: FastifyReply,
    username: string,
    password: string,
  ): Promise<User | undefined> => {
    const wait = guard.blockedFor(request.ip, username);
    if (wait !== undefined) {
      reply.header("Retry-After", wait);
      const minutes = Math.ceil(wait / 60);
      throw new AppError("too_many_requests", `Too many wrong passwords: try again in ${minutes} min.`);
    }
    const found = await store.users.find(username);
    if (!(await hasher.verify(password, found?.passwordHash ?? null))) {
      guard.failed(request.ip, username);
      return undefined;
    }
    guard.succeeded(request.ip);
    return found?.user;
  };

  const fromLink = async (text: string): Promise<User> => {
    const link = readLink(secrets, text, Date.now());
    const found = await store.users.find(link.username);
    if (found === undefined || !isOpenFor(link, found.user)) throw new AppError("link_invalid");
    return found.user;
  };

  const ownPageOnly = async (request: FastifyRequest) => refuseOtherSites(request, config);
  const open = { tags, security: [] };

  app.route({
    method: "GET",
    url: "/session",
    schema: {
      ...open,
      summary: "Who is signed in in this browser",
      operationId: "getSession",
      response: answers({ 200: SignedIn }),
    },
    onRequest: ownPageOnly,
    handler: async (request) => answer(await present(request), "You are signed in."),
  });

  app.route({
    method: "POST",
    url: "/session",
    schema: {
      ...open,
      summary: "Sign in: the answer sets a cookie",
      operationId: "signIn",
      body: Type.Object(
        { username: Type.String({ minLength: 1, maxLength: 200 }), password: Password },
        Closed,
      ),
      response: answers({ 200: SignedIn }, 413, 415, 503),
    },
    onRequest: ownPageOnly,
    handler: async (request, reply) => {
      const { username, password } = request.body;
      const user = await provePassword(request, reply, username, password);
      if (user === undefined) throw new AppError("sign_in_failed");
      request.log.info({ user: user.username, source: request.ip }, "signed in");
      return begin(reply, user, "You are signed in.");
    },
  });

  app.route({
    method: "DELETE",
    url: "/session",
    schema: { ...open, summary: "Sign out", operationId: "signOut", response: answers({ 200: Done }) },
    onRequest: ownPageOnly,
    handler: async (request, reply) => {
      const secret = sessionOf(config, request);
      if (secret !== undefined) await store.users.closeSession(secret);
      reply.headers({ "Set-Cookie": sessionCookie(config, "", 0), "Clear-Site-Data": '"cache"' });
      return { success: true, message: "You are signed out." };
    },
  });

  app.route({
    method: "POST",
    url: "/session/link",
    schema: {
      ...open,
      summary: "Whose password a one-time link sets",
      operationId: "readPasswordLink",
      body: Type.Object({ link: Link }, Closed),
      response: answers({ 200: success({ username: Type.String() }) }, 413, 415),
    },
    onRequest: ownPageOnly,
    handler: async (request) => ({ success: true, username: (await fromLink(request.body.link)).username }),
  });

  app.route({
    method: "PUT",
    url: "/session/password",
    schema: {
      ...open,
      summary: "Set a password, by a one-time link or by the present one; all other sessions of the user end",
      operationId: "setPassword",
      body: Type.Object(
        { password: Password, link: Type.Optional(Link), present: Type.Optional(Password) },
        Closed,
      ),
      response: answers({ 200: SignedIn }, 413, 415, 503),
    },
    onRequest: ownPageOnly,
    handler: async (request, reply) => {
      const { link, present: old, password } = request.body;
      const user = link === undefined ? await present(request) : await fromLink(link);
      checkPassword(password, user.username);
      if (link === undefined) {
        const known = await provePassword(request, reply, user.username, old ?? "");
        if (known === undefined) throw new AppError("password_wrong");
      }
      const hash = await hasher.hash(password);
      // Hashing takes its time: another may have used the link meanwhile.
      if (link !== undefined) await fromLink(link);
      const now = Date.now();
      await store.users.setPassword(user.id, hash, now);
      request.log.info({ user: user.username, source: request.ip }, "a password is set");
      return begin(reply, { ...user, passwordSetAt: new Date(now).toISOString() }, "The password is set.");
    },
  });
}
