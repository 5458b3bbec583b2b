// Finds the servers of a SIP URI by DNS, shows how, and asks each for its OPTIONS.
//   npm start -w examples/sip-options-ping -- sip:sip.example.com
import { createSipStack, describeTrace, SipParseError } from "@ringdown/sip";

const [uri] = process.argv.slice(2);
if (uri === undefined) {
  console.error(
    "usage: sip-options-ping SIP-URI, such as sip:192.0.2.10 or sip:sip.example.com;transport=tcp",
  );
  process.exit(2);
}
const stack = await createSipStack({
  listeners: [
    { protocol: "udp", host: "0.0.0.0", port: 0 },
    { protocol: "tcp", host: "0.0.0.0", port: 0 },
  ],
  transport: { samePort: true },
  // It only asks: strangers get no answer.
  screen: () => "drop",
  onInvite: (call) => call.ignore(),
});
try {
  process.exitCode = (await ping(uri)) ? 0 : 1;
} catch (error) {
  if (!(error instanceof SipParseError || error instanceof RangeError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
} finally {
  await stack.close();
}

/** @returns whether any server answered */
async function ping(target: string): Promise<boolean> {
  const { targets, failure, trace } = await stack.locate(target);
  for (const line of describeTrace(trace)) console.log(line);
  if (failure !== undefined) console.log(failure.sentence);
  let answered = false;
  for (const server of targets) {
    const start = performance.now();
    const { status, response } = await stack.userAgent.request({
      method: "OPTIONS",
      requestUri: target,
      to: `<${target}>`,
      from: "<sip:ping@anonymous.invalid>",
      target: server,
    }).result;
    const ms = (performance.now() - start).toFixed(1);
    const where = `${server.transport} ${server.address} port ${server.port}`;
    if (response === undefined) {
      console.log(`${where}: ${status === 408 ? "no answer" : "cannot be reached"} (${ms} ms)`);
      continue;
    }
    answered = true;
    const software = response.headers.get("Server") ?? response.headers.get("User-Agent") ?? "unnamed";
    const methods = response.headers.get("Allow") ?? "unsaid";
    console.log(`${where}: ${status} ${response.reason} in ${ms} ms; ${software}; allows ${methods}`);
  }
  return answered;
}
