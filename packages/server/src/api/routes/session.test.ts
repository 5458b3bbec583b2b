import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { LINK_MS, makeLink } from "../../users/password-link.ts";
import { type TestApi, testApi } from "../test-api.ts";

const PASSWORD = "correct horse 7 battery";
const OWN_PAGE = { host: "pbx.example:8080", origin: "http://pbx.example:8080", "x-ringdown-console": "1" };

interface Asked {
  body?: unknown;
  cookie?: string | undefined;
  headers?: Record<string, string | undefined>;
}

/** A request as the console's page sends it. */
async function ask(
  { api }: TestApi,
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  { body, cookie, headers = {} }: Asked = {},
) {
  const all = { ...OWN_PAGE, ...(cookie === undefined ? {} : { cookie }), ...headers };
  const answer = await api.inject({
    ...{ method, url: `/api/v2${path}` },
    headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
    ...(body === undefined ? {} : { payload: body as object }),
  });
  const set = String(answer.headers["set-cookie"] ?? "");
  return { status: answer.statusCode, body: answer.json() as Record<string, unknown>, set, answer };
}

const cookieOf = (set: string) => set.split(";", 1)[0] ?? "";

/** A node with a user who has a password, and his cookie. */
async function withUser(t: TestContext, role: "owner" | "viewer" = "owner", environment = {}) {
  const api = await testApi(t, environment);
  const user = await api.store.users.create(api.organizationId, { username: "Ann", role });
  const link = makeLink(api.secrets, "ann", Date.now());
  const { set } = await ask(api, "PUT", "/session/password", { body: { link, password: PASSWORD } });
  return { api, user, link, cookie: cookieOf(set), set };
}

test("a link sets a password once; who has it signs in and out", async (t) => {
  const { api, link, cookie, set } = await withUser(t);
  assert.match(set, /^ringdown=[\w-]{43}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Strict$/);
  const again = await ask(api, "PUT", "/session/password", { body: { link, password: "another one 12345" } });
  assert.deepEqual([again.status, again.body.code], [400, "link_invalid"]);
  assert.equal((await ask(api, "POST", "/session/link", { body: { link } })).body.code, "link_invalid");

  const { body } = await ask(api, "GET", "/session", { cookie });
  assert.equal((body.user as { username: string }).username, "Ann");
  assert.ok(!JSON.stringify(body).includes("scrypt"));
  assert.equal((await ask(api, "GET", "/agents", { cookie })).status, 200);

  const wrong = await ask(api, "POST", "/session", { body: { username: "ann", password: "wrong" } });
  assert.deepEqual([wrong.status, wrong.body.code, wrong.set], [401, "sign_in_failed", ""]);
  const right = await ask(api, "POST", "/session", { body: { username: "ANN", password: PASSWORD } });
  assert.equal(right.status, 200);
  assert.notEqual(cookieOf(right.set), cookie);

  const out = await ask(api, "DELETE", "/session", { cookie });
  assert.match(out.set, /^ringdown=; .*Max-Age=0/);
  assert.equal((await ask(api, "GET", "/agents", { cookie })).status, 401);
  assert.equal((await ask(api, "GET", "/agents", { cookie: cookieOf(right.set) })).status, 200);
});

test("a link is of one node, for one user, and for a day", async (t) => {
  const { api } = await withUser(t);
  await api.store.users.create(api.organizationId, { username: "bob", role: "viewer" });
  const tryLink = async (link: string) =>
    (await ask(api, "POST", "/session/link", { body: { link } })).body.code ?? "open";
  const other = await testApi(t);
  assert.equal(await tryLink(makeLink(api.secrets, "bob", Date.now())), "open");
  assert.equal(await tryLink(makeLink(other.secrets, "bob", Date.now())), "link_invalid");
  assert.equal(await tryLink(makeLink(api.secrets, "nobody", Date.now())), "link_invalid");
  assert.equal(await tryLink(makeLink(api.secrets, "bob", Date.now() - LINK_MS - 1)), "link_invalid");
  // From before he was there: a link of a user of the same name who was deleted.
  assert.equal(await tryLink(makeLink(api.secrets, "bob", Date.now() - 60_000)), "link_invalid");
  assert.equal(await tryLink(api.secrets.seal('{"username":"bob"}', "registration agt_x")), "link_invalid");
});

test("what another site makes a browser send is refused", async (t) => {
  const { api, cookie } = await withUser(t);
  const add = async (headers: Record<string, string | undefined>) => {
    const { status, body } = await ask(api, "POST", "/sip/ipWhitelist", {
      ...{ cookie, headers, body: { ip: "192.0.2.1", label: "x" } },
    });
    return `${status} ${body.code ?? "done"}`;
  };
  assert.equal(await add({ "x-ringdown-console": undefined }), "403 origin_refused");
  assert.equal(await add({ origin: undefined }), "403 origin_refused");
  assert.equal(await add({ origin: "null" }), "403 origin_refused");
  assert.equal(await add({ origin: "http://evil.example" }), "403 origin_refused");
  assert.equal(await add({ origin: "http://pbx.example:9090" }), "403 origin_refused");
  assert.equal(await add({ "sec-fetch-site": "cross-site" }), "403 origin_refused");
  assert.equal(await add({ "sec-fetch-site": "same-origin" }), "201 done");
  const signIn = {
    body: { username: "ann", password: PASSWORD },
    headers: { origin: "http://evil.example" },
  };
  assert.equal((await ask(api, "POST", "/session", signIn)).status, 403);
  // A token is not sent along by itself: who has it may call from anywhere.
  assert.equal(
    (await api.call("POST", "/api/v2/sip/ipWhitelist", { ip: "192.0.2.2", label: "x" })).status,
    201,
  );
});

test("a viewer looks at all and changes nothing, but himself", async (t) => {
  const { api, cookie } = await withUser(t, "viewer");
  let looked = 0;
  let refused = 0;
  const { paths } = api.api.swagger() as { paths: Record<string, Record<string, { security?: unknown[] }>> };
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, { security }] of Object.entries(methods)) {
      if (!path.startsWith("/api/v2/") || security?.length === 0 || method === "head") continue;
      // Its answer has no end.
      if (path === "/api/v2/events") continue;
      const verb = method.toUpperCase() as "GET";
      const { status, body } = await ask(api, verb, path.slice(7).replace(/\{\w+\}/g, "1"), { cookie });
      if (verb === "GET") {
        assert.ok(![401, 403].includes(status), `${method} ${path} ${status}`);
        looked++;
      } else {
        assert.deepEqual([status, body.code], [403, "read_only"], `${method} ${path}`);
        refused++;
      }
    }
  }
  assert.ok(looked > 10 && refused > 15, `${looked} ${refused}`);
  const weak = { present: PASSWORD, password: "annannann1" };
  assert.equal(
    (await ask(api, "PUT", "/session/password", { cookie, body: weak })).body.code,
    "password_weak",
  );
  const wrong = { present: "no", password: "a new and longer one" };
  assert.equal(
    (await ask(api, "PUT", "/session/password", { cookie, body: wrong })).body.code,
    "password_wrong",
  );
  const changed = await ask(api, "PUT", "/session/password", {
    cookie,
    body: { ...wrong, present: PASSWORD },
  });
  assert.equal(changed.status, 200);
  assert.equal((await ask(api, "GET", "/session", { cookie })).status, 401, "other sessions end");
  assert.equal((await ask(api, "GET", "/session", { cookie: cookieOf(changed.set) })).status, 200);
});

test("guessing is stopped, with the right password too, and says until when", async (t) => {
  const { api } = await withUser(t);
  const tryIn = (password: string) => ask(api, "POST", "/session", { body: { username: "ann", password } });
  for (let count = 0; count < 10; count++) assert.equal((await tryIn(`guess ${count}`)).status, 401);
  const blocked = await tryIn(PASSWORD);
  assert.deepEqual([blocked.status, blocked.body.code], [429, "too_many_requests"]);
  assert.ok(Number(blocked.answer.headers["retry-after"]) > 500);
});

test("behind TLS the cookie goes by nothing else", async (t) => {
  const { set, api } = await withUser(t, "owner", { RINGDOWN_PUBLIC_URL: "https://pbx.example" });
  assert.match(set, /^__Host-ringdown=.*; HttpOnly; SameSite=Strict; Secure$/);
  const headers = { host: "10.0.0.1:8080", origin: "https://pbx.example" };
  assert.equal((await ask(api, "GET", "/session", { cookie: cookieOf(set), headers })).status, 200);
  const body = { ip: "192.0.2.1", label: "" };
  const posted = await ask(api, "POST", "/sip/ipWhitelist", { cookie: cookieOf(set), headers, body });
  assert.equal(posted.status, 201);
});

test("users are added with a link, changed and deleted, and an owner is always left", async (t) => {
  const { api, user, cookie } = await withUser(t);
  const made = await ask(api, "POST", "/users", {
    cookie,
    body: { username: "bob@example.com", role: "viewer" },
  });
  assert.equal(made.status, 201);
  assert.match(String(made.body.link), /^http:\/\/pbx\.example:8080\/welcome#v1\./);
  assert.equal(
    (await ask(api, "POST", "/users", { cookie, body: { username: "BOB@example.com", role: "viewer" } })).body
      .code,
    "user_taken",
  );
  const { id } = made.body.user as { id: string };
  const link = String(made.body.link).split("#")[1];
  const bob = await ask(api, "PUT", "/session/password", { body: { link, password: "bobs own secret" } });
  assert.equal(bob.status, 200);
  const bobs = { cookie: cookieOf(bob.set) };
  assert.equal((await ask(api, "DELETE", `/users/${user.id}`, bobs)).body.code, "read_only");
  assert.equal(
    (await ask(api, "PATCH", `/users/${user.id}`, { cookie, body: { role: "viewer" } })).body.code,
    "user_last_owner",
  );
  assert.equal((await ask(api, "DELETE", `/users/${user.id}`, { cookie })).body.code, "user_last_owner");
  assert.equal((await ask(api, "PATCH", `/users/${id}`, { cookie, body: { role: "owner" } })).status, 200);
  assert.equal((await ask(api, "DELETE", `/users/${user.id}`, bobs)).status, 200);
  assert.equal((await ask(api, "GET", "/session", { cookie })).status, 401, "his session ended with him");
  assert.deepEqual(
    ((await ask(api, "GET", "/users", bobs)).body.users as { id: string }[]).map((one) => one.id),
    [id],
  );
});
