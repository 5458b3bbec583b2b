// Registers an account and keeps it registered until ^C; then takes the registration back. Calls to it get 486.
//   SIP_PASSWORD=… npm start -w examples/sip-register -- sip:1001@pbx.example.com [sip:proxy.example.com:5080]
import { createSipStack, isSipUri, parseUri } from "@ringdown/sip";

const [aor, proxy] = process.argv.slice(2);
const password = process.env.SIP_PASSWORD;
const uri = aor === undefined ? undefined : parseUri(aor);
if (aor === undefined || uri === undefined || !isSipUri(uri) || uri.user === undefined) {
  console.error("usage: SIP_PASSWORD=… sip-register sip:USER@DOMAIN [sip:PROXY]");
  process.exit(2);
}
const username = uri.user;

const stack = await createSipStack({
  listeners: [{ protocol: "udp", host: "0.0.0.0", port: 0 }],
  serverHeader: "sip-register",
  screen: () => "answer",
  onInvite: (call) => {
    console.log(`call from ${call.request.headers.get("From")}`);
    call.reject(486);
  },
});

const registration = stack.register(
  {
    aor,
    ...(proxy !== undefined && { proxy }),
    credentials: () => (password === undefined ? undefined : { username, password }),
  },
  ({ state, fault, lastCode, lastReason, expiresAt, nextAttemptAt }) => {
    const last = lastCode === undefined ? "" : ` ${lastCode} ${lastReason}`;
    const why = fault === undefined ? "" : ` (${fault})`;
    const until = expiresAt === undefined ? "" : `, until ${new Date(expiresAt).toISOString()}`;
    const next = nextAttemptAt === undefined ? "" : `, next at ${new Date(nextAttemptAt).toISOString()}`;
    console.log(`${state}${last}${why}${until}${next}`);
  },
);

async function leave(): Promise<void> {
  await registration.stop();
  await stack.close();
}
process.once("SIGINT", () => void leave());
process.once("SIGTERM", () => void leave());
