/** What rules and ladders look at in a message. */
export interface Facts {
  /** Of the request, also on its responses. */
  readonly method: string;
  /** 0 for a request. */
  readonly status: number;
  readonly seq: number;
  readonly branch: string;
  readonly vias: number;
  readonly callId: string;
  readonly fromTag: string;
  /** "" where there is none. */
  readonly toTag: string;
  readonly hasContact: boolean;
  readonly hasSdp: boolean;
  /** RSeq of a reliable provisional response (RFC 3262), or the one that a PRACK names; 0 for none. */
  readonly rseq: number;
}

const known = new WeakMap<Buffer, { readonly facts: Facts | undefined }>();

/**
 * Reads what our own serialiser writes, each message once: header names in their usual form, a header value a line.
 * @returns undefined for what is no such message
 */
export function factsOf(bytes: Buffer): Facts | undefined {
  const entry = known.get(bytes);
  if (entry !== undefined) return entry.facts;
  const facts = read(bytes);
  known.set(bytes, { facts });
  return facts;
}

function read(bytes: Buffer): Facts | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const head = bytes.toString("latin1", 0, end + 2);
  const cseq = headerOf(head, "CSeq");
  const via = headerOf(head, "Via");
  const space = cseq.indexOf(" ");
  if (space < 0 || via === "") return undefined;
  const method = cseq.slice(space + 1);
  const isResponse = head.startsWith("SIP/2.0 ");
  const hasBody = bytes.length > end + 4;
  return {
    method,
    status: isResponse ? Number(head.slice(8, 11)) : 0,
    seq: Number(cseq.slice(0, space)),
    branch: paramOf(via, "branch"),
    vias: count(head, "\r\nVia: "),
    callId: headerOf(head, "Call-ID"),
    fromTag: paramOf(headerOf(head, "From"), "tag"),
    toTag: paramOf(headerOf(head, "To"), "tag"),
    hasContact: head.includes("\r\nContact: "),
    hasSdp: hasBody && headerOf(head, "Content-Type") === "application/sdp",
    rseq: isResponse
      ? Number(headerOf(head, "RSeq"))
      : method === "PRACK"
        ? Number.parseInt(headerOf(head, "RAck"), 10)
        : 0,
  };
}

function headerOf(head: string, name: string): string {
  const start = head.indexOf(`\r\n${name}: `);
  if (start < 0) return "";
  const from = start + name.length + 4;
  return head.slice(from, head.indexOf("\r\n", from));
}

function paramOf(value: string, name: string): string {
  const start = value.lastIndexOf(`;${name}=`);
  if (start < 0) return "";
  const from = start + name.length + 2;
  const end = value.indexOf(";", from);
  return value.slice(from, end < 0 ? value.length : end);
}

function count(text: string, part: string): number {
  let found = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) found++;
  return found;
}
