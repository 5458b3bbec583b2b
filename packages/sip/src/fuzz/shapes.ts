/** Inputs that have broken parsers elsewhere, of any size. */
export interface Shape {
  readonly name: string;
  /** @param size how often the piece that grows is there */
  make(size: number): Buffer;
}

const head = [
  "OPTIONS sip:desk@192.0.2.1 SIP/2.0",
  "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKshape",
  "From: <sip:ida@192.0.2.9>;tag=1",
  "To: <sip:desk@192.0.2.1>",
  "Call-ID: shape",
  "CSeq: 1 OPTIONS",
];

/** A request whose lines are replaced (by their names), taken out ("") or added. */
function request(changes: Record<string, string> = {}, added: readonly string[] = [], body = ""): Buffer {
  const lines = head
    .map((line) => changes[line.slice(0, line.search(/[: ]/))] ?? line)
    .filter((line) => line !== "");
  return Buffer.from([...lines, ...added, "", body].join("\r\n"));
}

const numbered = (size: number, piece: (index: number) => string) =>
  Array.from({ length: size }, (_, index) => piece(index)).join("");

/** Values for any header that has one of these forms. */
const values: readonly [name: string, value: (size: number) => string][] = [
  ["commas", (size) => ",".repeat(size)],
  ["list", (size) => numbered(size, (index) => `<sip:u${index}@h>, `)],
  ["parameters", (size) => `<sip:a@b>${numbered(size, (index) => `;p${index}=v${index}`)}`],
  ["URI parameters", (size) => `<sip:a@b${numbered(size, (index) => `;p${index}=%41`)}>`],
  ["URI headers", (size) => `<sip:a@b?${numbered(size, (index) => `h${index}=%41&`)}>`],
  ["escapes", (size) => `<sip:${"%41".repeat(size)}@b>`],
  ["broken escapes", (size) => `<sip:${"%".repeat(size)}@b>`],
  ["quotes", (size) => '"a" '.repeat(size)],
  ["open quotes", (size) => `"${'\\"'.repeat(size)}`],
  ["open quotes behind a comma", (size) => `,"${'\\"'.repeat(size)}`],
  ["quotes and commas", (size) => '"\\",'.repeat(size)],
  ["backslashes", (size) => `"${"\\\\".repeat(size)}" <sip:a@b>`],
  ["less than", (size) => "<".repeat(size)],
  ["greater than", (size) => ">".repeat(size)],
  ["angles", (size) => "<>".repeat(size)],
  ["at signs", (size) => `<sip:${"@".repeat(size)}>`],
  ["colons", (size) => `<sip:${":".repeat(size)}>`],
  ["bracket", (size) => `<sip:[${":".repeat(size)}`],
  ["digits", (size) => `<sip:a@b:${"9".repeat(size)}>`],
  ["spaces", (size) => `<sip:a@b>${" ".repeat(size)};x`],
  ["spaces at the end", (size) => `x${" ".repeat(size)}y`],
  ["semicolons", (size) => `<sip:a@b>${";".repeat(size)}`],
  ["semicolons and spaces", (size) => `<sip:a@b>${"; ".repeat(size)}`],
  ["slashes", (size) => `SIP${"/".repeat(size)}`],
  ["letters", (size) => "a".repeat(size)],
  ["letters beyond ASCII", (size) => `"${"é".repeat(size)}" <sip:a@b>`],
  ["Digest parameters", (size) => `Digest ${numbered(size, (index) => `p${index}="v", `)}`],
  ["Digest schemes", (size) => "Digest ".repeat(size)],
  ["text of a reason", (size) => `SIP${';text="'.repeat(size)}`],
];

/** Headers that each message is checked for: one that is broken ends the reading. */
const checked = ["Via", "From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Length"];
const others = [
  ...["Contact", "Route", "Record-Route", "Require", "Accept", "WWW-Authenticate", "Authorization", "Reason"],
  ...[
    "Refer-To",
    "Referred-By",
    "Replaces",
    "Target-Dialog",
    "Diversion",
    "History-Info",
    "P-Asserted-Identity",
  ],
  ...[
    "Remote-Party-ID",
    "Privacy",
    "Event",
    "Subscription-State",
    "Session-Expires",
    "Call-Info",
    "Path",
    "RAck",
  ],
  ...["Content-Type", "Content-Disposition"],
];

/** A long value of each form in each header that is checked, and in all others at once. */
export const valueShapes: readonly Shape[] = values.flatMap(([form, value]) => [
  ...checked.map((name) => ({
    name: `${form} in ${name}`,
    make: (size: number) => {
      const line = `${name}: ${value(size)}`;
      return head.some((one) => one.startsWith(name)) ? request({ [name]: line }) : request({}, [line]);
    },
  })),
  {
    name: `${form} in other headers`,
    make: (size: number) => {
      const long = value(size);
      return request(
        {},
        others.map((name) => `${name}: ${long}`),
        "body",
      );
    },
  },
]);

/** Messages that are long in other ways. */
export const messageShapes: readonly Shape[] = [
  { name: "folds", make: (size) => request({}, [`Subject: a${"\r\n b".repeat(size)}`]) },
  { name: "empty folds", make: (size) => request({}, [`Subject:${"\r\n ".repeat(size)}`]) },
  {
    name: "blanks in a folded line",
    make: (size) => request({}, [`Subject: a${" ".repeat(size)}b\r\n${" ".repeat(size)}c`]),
  },
  { name: "folds in From", make: (size) => request({ From: `From:${"\r\n ".repeat(size)}<sip:a@b>;tag=1` }) },
  {
    name: "headers",
    make: (size) =>
      request(
        {},
        Array.from({ length: size }, (_, index) => `X-${index}: y`),
      ),
  },
  {
    name: "Vias",
    make: (size) =>
      request(
        {},
        Array.from({ length: size }, () => "Via: SIP/2.0/UDP h;branch=z9hG4bKx"),
      ),
  },
  {
    name: "Contacts",
    make: (size) =>
      request(
        {},
        Array.from({ length: size }, () => "Contact: <sip:a@b>"),
      ),
  },
  {
    name: "Froms",
    make: (size) =>
      request(
        {},
        Array.from({ length: size }, () => "From: <sip:a@b>"),
      ),
  },
  { name: "lines without a colon", make: (size) => request({}, ["x".repeat(size)]) },
  { name: "colons at the end", make: (size) => request({}, [":".repeat(size)]) },
  {
    name: "lines before the start",
    make: (size) => Buffer.concat([Buffer.from("\r\n".repeat(size)), request()]),
  },
  { name: "bare CR", make: (size) => request({}, [`Subject: ${"\r".repeat(size)}`]) },
  { name: "bare LF", make: (size) => request({}, [`Subject: ${"\n".repeat(size)}`]) },
  { name: "no end", make: (size) => Buffer.from(`OPTIONS sip:a@b SIP/2.0\r\n${"X: y\r\n".repeat(size)}`) },
  { name: "no line end", make: (size) => Buffer.from("x".repeat(size)) },
  {
    name: "spaces in the request line",
    make: (size) => request({ OPTIONS: `OPTIONS ${" ".repeat(size)}sip:a@b SIP/2.0` }),
  },
  { name: "Request-URI", make: (size) => request({ OPTIONS: `OPTIONS sip:${"a;".repeat(size)}@b SIP/2.0` }) },
  {
    name: "method",
    make: (size) =>
      request({ OPTIONS: `${"O".repeat(size)} sip:a@b SIP/2.0`, CSeq: `CSeq: 1 ${"O".repeat(size)}` }),
  },
  { name: "version", make: (size) => request({ OPTIONS: `OPTIONS sip:a@b SIP/${"2".repeat(size)}.0` }) },
  {
    name: "multipart",
    make: (size) =>
      request({}, ['Content-Type: multipart/mixed;boundary="b"'], "--b\r\nX: y\r\n\r\nz\r\n".repeat(size)),
  },
  {
    name: "multipart with long headers",
    make: (size) =>
      request(
        {},
        ["Content-Type: multipart/mixed;boundary=b"],
        `--b\r\n${"X: y\r\n".repeat(size)}\r\nz\r\n--b--`,
      ),
  },
  { name: "body", make: (size) => request({}, ["Content-Type: application/sdp"], "a=x\r\n".repeat(size)) },
];
