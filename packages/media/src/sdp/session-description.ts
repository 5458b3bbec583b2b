/**
 * RFC 8866 session descriptions as plain objects, read by a strict and bounded parser and written back.
 *
 * What is negotiated is typed (origin, connection, media, attributes); every other line is kept as it came.
 * The parser is strict where a guess could send audio to the wrong place, and tolerant to what phones do: LF line
 * ends, lines in another order, missing `o=`, `s=` and `t=`, blank lines at the end, unknown line types.
 */
import { isIPv4, isIPv6 } from "node:net";
import { MediaError } from "../errors.ts";

export interface Origin {
  username: string;
  /** Decimal digits: RFC 8866 gives no upper bound, and 64-bit NTP times are usual. */
  sessionId: string;
  sessionVersion: string;
  addressType: string;
  address: string;
}

export interface Connection {
  /** "IP4" or "IP6", upper case. */
  addressType: "IP4" | "IP6";
  /** As written, with a TTL or count after "/" where there is one. May be a host name. */
  address: string;
}

export interface Attribute {
  name: string;
  /** undefined for a property attribute (`a=sendrecv`), the text after ":" for a value attribute. */
  value: string | undefined;
}

/** A line that is kept but not understood further, such as `b=AS:64`. */
export interface OtherLine {
  type: string;
  value: string;
}

export interface MediaDescription {
  /** "audio", "video", "image" … as written. */
  media: string;
  /** 0 to 65535; 0 is a stream that is refused or switched off. */
  port: number;
  /** Number of ports, RFC 8866 §5.14: 1 unless written `port/number`. */
  portCount: number;
  /** "RTP/AVP", "RTP/SAVP", "UDP/TLS/RTP/SAVPF", "udptl" … as written. */
  protocol: string;
  /** Format tokens as written; payload types for RTP. */
  formats: string[];
  connection: Connection | undefined;
  attributes: Attribute[];
  otherLines: OtherLine[];
}

export interface SessionDescription {
  origin: Origin | undefined;
  sessionName: string | undefined;
  connection: Connection | undefined;
  /** Values of the `t=` lines. */
  timings: string[];
  attributes: Attribute[];
  otherLines: OtherLine[];
  media: MediaDescription[];
}

/** Limits of what is read. A browser's offer with video stays under a tenth of them. */
export const sdpLimits = {
  /** UTF-16 units of the whole text. */
  length: 32_768,
  lines: 500,
  lineLength: 2048,
  mediaSections: 16,
  /** Formats of one m= line. */
  formats: 64,
} as const;

const originPattern = /^(\S{1,255}) (\d{1,20}) (\d{1,20}) IN (IP4|IP6) ([!-~]{1,255})$/i;
const connectionPattern = /^IN +(IP4|IP6) +([!-~]{1,255}) *$/i;
const mediaPattern = /^([!-~]{1,32}) +(\d{1,5})(?:\/(\d{1,5}))? +([!-~]{1,64})((?: +[!-~]{1,64})*) *$/;
/** RFC 8866 §9 `token`, the characters of an attribute's name. */
const attributeNamePattern = /^[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]{1,64}$/;

function malformed(line: number, what: string): MediaError {
  return new MediaError("sdp_malformed", `line ${line}: ${what}`);
}

/**
 * Reads a session description.
 * @throws MediaError `sdp_too_large` over a limit of {@link sdpLimits}, `sdp_malformed` with the line's number.
 */
export function parseSdp(text: string): SessionDescription {
  if (text.length > sdpLimits.length) throw new MediaError("sdp_too_large", `${text.length} characters`);
  if (text.includes("\0")) throw new MediaError("sdp_malformed", "a NUL character");
  const session: SessionDescription = {
    origin: undefined,
    sessionName: undefined,
    connection: undefined,
    timings: [],
    attributes: [],
    otherLines: [],
    media: [],
  };
  let section: MediaDescription | undefined;
  let sawVersion = false;
  let lineNumber = 0;
  let start = 0;
  while (start < text.length) {
    let end = text.indexOf("\n", start);
    if (end === -1) end = text.length;
    const next = end + 1;
    if (end > start && text.charCodeAt(end - 1) === 0x0d) end -= 1;
    const length = end - start;
    lineNumber += 1;
    if (lineNumber > sdpLimits.lines)
      throw new MediaError("sdp_too_large", `more than ${sdpLimits.lines} lines`);
    if (length > sdpLimits.lineLength)
      throw new MediaError("sdp_too_large", `line ${lineNumber}: ${length} characters`);
    const line = text.slice(start, end);
    start = next;
    if (line === "") continue;
    if (line.charAt(1) !== "=" || !/^[A-Za-z]/.test(line))
      throw malformed(lineNumber, "not of the form x=value");
    if (line.includes("\r")) throw malformed(lineNumber, "a carriage return inside the line");
    const type = line.charAt(0);
    const value = line.slice(2);
    if (!sawVersion) {
      if (type !== "v" || value.trim() !== "0") throw malformed(lineNumber, "v=0 does not come first");
      sawVersion = true;
      continue;
    }
    if (type === "m") {
      if (session.media.length >= sdpLimits.mediaSections) {
        throw new MediaError("sdp_too_large", `more than ${sdpLimits.mediaSections} streams`);
      }
      section = parseMedia(value, lineNumber);
      session.media.push(section);
      continue;
    }
    if (type === "c") {
      // RFC 8866 §5.7 lets a stream have several c= lines for layered multicast: the first is the one that counts.
      const connection = parseConnection(value, lineNumber);
      const owner = section ?? session;
      owner.connection ??= connection;
    } else if (type === "a") {
      (section ?? session).attributes.push(parseAttribute(value, lineNumber));
    } else if (section !== undefined) {
      section.otherLines.push({ type, value });
    } else if (type === "v") {
      throw malformed(lineNumber, "a second v=");
    } else if (type === "o") {
      if (session.origin !== undefined) throw malformed(lineNumber, "a second o=");
      session.origin = parseOrigin(value, lineNumber);
    } else if (type === "s" && session.sessionName === undefined) {
      session.sessionName = value;
    } else if (type === "t") {
      session.timings.push(value);
    } else {
      session.otherLines.push({ type, value });
    }
  }
  if (!sawVersion) throw new MediaError("sdp_malformed", "empty");
  return session;
}

function parseOrigin(value: string, line: number): Origin {
  const match = originPattern.exec(value);
  if (match === null) throw malformed(line, "o= is not of the form RFC 8866 §5.2 gives");
  const [, username = "", sessionId = "", sessionVersion = "", addressType = "", address = ""] = match;
  return { username, sessionId, sessionVersion, addressType: addressType.toUpperCase(), address };
}

function parseConnection(value: string, line: number): Connection {
  const match = connectionPattern.exec(value);
  if (match === null) throw malformed(line, "c= is not of the form RFC 8866 §5.7 gives");
  const [, addressType = "", address = ""] = match;
  return { addressType: addressType.toUpperCase() === "IP6" ? "IP6" : "IP4", address };
}

function parseMedia(value: string, line: number): MediaDescription {
  const match = mediaPattern.exec(value);
  if (match === null) throw malformed(line, "m= is not of the form RFC 8866 §5.14 gives");
  const [, media = "", portText = "", countText, protocol = "", formatText = ""] = match;
  const port = Number(portText);
  if (port > 65535) throw malformed(line, "a port over 65535");
  const formats = formatText.split(" ").filter((format) => format !== "");
  if (formats.length > sdpLimits.formats)
    throw new MediaError("sdp_too_large", `line ${line}: ${formats.length} formats`);
  return {
    media,
    port,
    portCount: countText === undefined ? 1 : Number(countText),
    protocol,
    formats,
    connection: undefined,
    attributes: [],
    otherLines: [],
  };
}

function parseAttribute(text: string, line: number): Attribute {
  const colon = text.indexOf(":");
  // Phones put blanks after a property attribute; a name with a blank inside is still refused.
  const name = colon === -1 ? text.trimEnd() : text.slice(0, colon);
  if (!attributeNamePattern.test(name)) throw malformed(line, "an attribute without a proper name");
  return { name, value: colon === -1 ? undefined : text.slice(colon + 1) };
}

/** The text of a session description, CRLF line ends, lines in the order of RFC 8866 §5. */
export function serialiseSdp(session: SessionDescription): string {
  const lines = ["v=0"];
  const origin = session.origin;
  if (origin !== undefined) {
    lines.push(
      `o=${origin.username} ${origin.sessionId} ${origin.sessionVersion} IN ${origin.addressType} ${origin.address}`,
    );
  }
  if (session.sessionName !== undefined) lines.push(`s=${session.sessionName}`);
  pushOther(lines, session.otherLines, "iuep");
  pushConnection(lines, session.connection);
  pushOther(lines, session.otherLines, "b");
  for (const timing of session.timings) lines.push(`t=${timing}`);
  pushOther(lines, session.otherLines, undefined);
  pushAttributes(lines, session.attributes);
  for (const media of session.media) {
    const count = media.portCount === 1 ? "" : `/${media.portCount}`;
    lines.push(`m=${[media.media, `${media.port}${count}`, media.protocol, ...media.formats].join(" ")}`);
    pushOther(lines, media.otherLines, "i");
    pushConnection(lines, media.connection);
    pushOther(lines, media.otherLines, "b");
    pushOther(lines, media.otherLines, undefined, "ib");
    pushAttributes(lines, media.attributes);
  }
  return `${lines.join("\r\n")}\r\n`;
}

/** Writes the kept lines whose type is in `types`, or, with `types` undefined, those in none of the other groups. */
function pushOther(
  lines: string[],
  others: readonly OtherLine[],
  types: string | undefined,
  written = "iuepb",
): void {
  for (const { type, value } of others) {
    if (types === undefined ? !written.includes(type) : types.includes(type)) lines.push(`${type}=${value}`);
  }
}

function pushConnection(lines: string[], connection: Connection | undefined): void {
  if (connection !== undefined) lines.push(`c=IN ${connection.addressType} ${connection.address}`);
}

function pushAttributes(lines: string[], attributes: readonly Attribute[]): void {
  for (const { name, value } of attributes)
    lines.push(value === undefined ? `a=${name}` : `a=${name}:${value}`);
}

/** The connection that counts for a stream: its own, else the session's (RFC 8866 §5.7). */
export function connectionOf(session: SessionDescription, media: MediaDescription): Connection | undefined {
  return media.connection ?? session.connection;
}

/** Value of an attribute of a list: undefined where it is missing, "" where it stands without a value. */
export function attributeValue(attributes: readonly Attribute[], name: string): string | undefined {
  const found = attributes.find((attribute) => attribute.name === name);
  return found === undefined ? undefined : (found.value ?? "");
}

export type AddressKind =
  /** 0.0.0.0 or ::, "do not send" in RFC 3264 §8.4's older form of hold. */
  | "unspecified"
  | "unicast"
  /** Multicast, broadcast, a host name, or no address at all. */
  | "unusable";

/** Whether audio can be sent to a connection's address. Host names are not resolved: nothing hostile may cause DNS. */
export function addressKind(connection: Connection): AddressKind {
  const { addressType, address } = connection;
  if (addressType === "IP4") {
    if (!isIPv4(address)) return "unusable";
    if (address === "0.0.0.0") return "unspecified";
    const first = Number.parseInt(address, 10);
    return first === 0 || first >= 224 ? "unusable" : "unicast";
  }
  if (!isIPv6(address) || address.includes("%")) return "unusable";
  if (/^[0:]+$/.test(address)) return "unspecified";
  // IPv4 in IPv6's clothes belongs into an IP4 line, and would pass by the checks above.
  if (/^[0:]*:ffff:/i.test(address) || address.includes(".")) return "unusable";
  return /^ff/i.test(address) ? "unusable" : "unicast";
}
