import assert from "node:assert/strict";
import { test } from "node:test";
import { testApi } from "../test-api.ts";

test("webhooks are added, listed and deleted by URL; the secret is shown once", async (t) => {
  const { call, store, organizationId, logLines } = await testApi(t);
  const hook = { url: "https://hooks.example/a", label: "CRM", type: "conversation" };
  const added = await call("POST", "/api/v2/webhooks", hook);
  assert.equal(added.status, 201);
  const secret = String(added.body.secret);
  assert.match(secret, /^whsec_[\w-]{43}$/);
  const again = await call("POST", "/api/v2/webhooks", { ...hook, label: "Other" });
  assert.deepEqual([again.status, again.body.secret], [200, null]);
  const list = await call("GET", "/api/v2/webhooks");
  const [shown] = list.body.webhooks as { url: string; label: string; state: string }[];
  assert.deepEqual([shown?.url, shown?.label, shown?.state], [hook.url, "Other", "active"]);
  assert.ok(!list.raw.toString().includes(secret));
  assert.ok(!JSON.stringify(store.webhooks.list(organizationId)).includes(secret));
  assert.ok(!logLines.join().includes(secret));
  const deleted = await call("DELETE", "/api/v2/webhooks", { url: hook.url });
  assert.deepEqual([deleted.status, deleted.body.webhooks], [200, []]);
  assert.equal(
    (await call("DELETE", `/api/v2/webhooks?url=${encodeURIComponent(hook.url)}`)).body.code,
    "webhook_not_found",
  );
});

test("a URL that leads inside, or nowhere, is refused, and what is not built too", async (t) => {
  const { call } = await testApi(t);
  for (const url of [
    "http://127.0.0.1:9/",
    "http://[::1]/",
    "http://169.254.169.254/",
    "ftp://a.example/",
    "x",
  ]) {
    assert.equal(
      (await call("POST", "/api/v2/webhooks", { url, label: "", type: "incoming" })).body.code,
      "webhook_invalid",
      url,
    );
  }
  const contact = { url: "https://a.example/", label: "", type: "contact" };
  assert.equal((await call("POST", "/api/v2/webhooks", contact)).body.code, "validation_failed");
  const open = await testApi(t, { RINGDOWN_OUTGOING_PRIVATE: "127.0.0.0/8" });
  const own = { url: "http://127.0.0.1:9/", label: "", type: "incoming" };
  assert.equal((await open.call("POST", "/api/v2/webhooks", own)).status, 201);
});

test("deliveries are shown without their bodies, and can be sent again", async (t) => {
  const { call, store, organizationId, woken } = await testApi(t);
  await call("POST", "/api/v2/webhooks", { url: "https://a.example/", label: "", type: "conversation" });
  const [hook] = store.webhooks.list(organizationId);
  assert.ok(hook !== undefined);
  await store.deliveries.enqueue(
    "call_1",
    [
      {
        ...{ id: "dlv_1", organizationId, webhookId: hook.id, url: hook.url, event: "conversation" },
        ...{
          callId: "call_1",
          body: "{}",
          state: "failed",
          attempts: 3,
          createdAt: "2026-11-24T12:00:00.000Z",
        },
        ...{ dueAt: 1, giveUpAt: 2, lastAttemptAt: "2026-11-24T12:00:01.000Z", lastStatus: 500 },
        ...{ lastError: "It answered 500.", deliveredAt: null },
      },
    ],
    false,
  );
  const list = async () =>
    (await call("GET", "/api/v2/webhooks/deliveries")).body.deliveries as Record<string, unknown>[];
  const [delivery] = await list();
  assert.deepEqual([delivery?.state, delivery?.lastStatus, delivery?.nextAttemptAt], ["failed", 500, null]);
  assert.ok(!("body" in (delivery ?? {})));
  const resend = () => call("POST", "/api/v2/webhooks/deliveries/dlv_1/resend");
  assert.equal((await resend()).status, 200);
  assert.deepEqual(woken, ["webhooks"]);
  assert.notEqual((await list())[0]?.nextAttemptAt, null);
  assert.equal((await resend()).body.code, "delivery_pending");
  assert.equal(
    (await call("POST", "/api/v2/webhooks/deliveries/dlv_2/resend")).body.code,
    "delivery_not_found",
  );
  assert.equal(
    ((await call("GET", "/api/v2/webhooks/deliveries?state=failed")).body.deliveries as []).length,
    0,
  );
});
