/**
 * Whether a page may open a WebSocket. Programs that are no browser name no origin, and are judged by their address as
 * everybody is; but a browser connects from its user's address whatever page asks it to, and that address may be listed.
 * @param origin of the Origin header
 * @param allowed lower case; "*" allows any
 */
export function isAllowedOrigin(origin: string | undefined, allowed: readonly string[]): boolean {
  return origin === undefined || allowed.includes("*") || allowed.includes(origin.toLowerCase());
}
