import type { SendTarget } from "./environment.ts";

/** One line for one place to send to, whatever name led to it. */
export function targetKey({
  transport,
  address,
  port,
}: Pick<SendTarget, "transport" | "address" | "port">): string {
  return `${transport} ${address} ${port}`;
}
