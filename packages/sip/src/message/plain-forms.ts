/**
 * The plain forms that Via, From and To have in nearly every message. A line in plain form is known to
 * be well-formed, so that its parsing can wait until somebody asks; any other is parsed at once. Each
 * expression is anchored and takes time in proportion to the line: no part repeats a repetition.
 */
const token = "[A-Za-z0-9\\-.!%*_+`'~]+";
const host = "[A-Za-z0-9.\\-]+(?::[1-9][0-9]{0,3})?";
const branch = `;branch=${token}`;
const rport = ";rport(?:=[0-9]+)?";
const received = ";received=[0-9.]+";

const via = new RegExp(
  `SIP/2\\.0/(?:UDP|TCP|TLS|WSS?) ${host}(?:${branch}(?:${rport})?(?:${received})?` +
    `|${branch}${received}${rport}|${rport}${branch}(?:${received})?|${received}(?:${rport})?${branch})\\r\\n`,
  "y",
);

const sipUri = `sips?:(?:[A-Za-z0-9\\-_.!~*'()&=+$,;?/]+@)?${host}`;
const address = new RegExp(
  `(?:(?:"[^"\\\\\\r\\n]*" ?|[A-Za-z0-9]+ )?<${sipUri}(?:;[a-z]+=[A-Za-z0-9.]+)?>|${sipUri})(?:;tag=${token})?\\r\\n`,
  "y",
);

/** The text at `start`, up to its CRLF, is one Via value in plain form. */
export function isPlainVia(text: string, start: number): boolean {
  via.lastIndex = start;
  return via.test(text);
}

/** The text at `start`, up to its CRLF, is one From or To value in plain form. */
export function isPlainAddress(text: string, start: number): boolean {
  address.lastIndex = start;
  return address.test(text);
}
