/** Words of SIP that mutations put in: each line is split at its bars. */
const lines = [
  "SIP/2.0 |sip/2.0|SIP/3.0|SIP/2.0/UDP |SIP/2.0/TCP h|INVITE |ACK |BYE |CANCEL |OPTIONS |REGISTER |sip:|sips:|tel:|http:|urn:",
  "Via: |v: |From: |f: |To: |t: |Call-ID: |i: |CSeq: |Max-Forwards: |Content-Length: |l: |Contact: |m: |Contact: *|Route: ",
  "Record-Route: |Content-Type: application/sdp|Content-Encoding: gzip|Content-Disposition: session;handling=optional",
  "Require: 100rel|Supported: timer|Authorization: Digest |WWW-Authenticate: Digest |Proxy-Authenticate: |Expires: ",
  "Session-Expires: |Min-SE: |Refer-To: |Referred-By: |Replaces: |Event: |Subscription-State: |Reason: |Privacy: |Accept: ",
  "P-Asserted-Identity: |Remote-Party-ID: |Diversion: |History-Info: |RSeq: |RAck: |Path: |Service-Route: |Target-Dialog: ",
  ";branch=z9hG4bK|;branch=|;rport|;rport=|;received=|;tag=|;lr|;transport=tcp|;maddr=|;ttl=|;user=phone|;method=INVITE",
  ';q=0.5|;expires=|;x="|;="|realm="|nonce="|opaque=""|qop="auth,auth-int"|qop=auth|algorithm=MD5|algorithm=SHA-256-sess',
  'stale=TRUE|nc=00000001|cnonce="|response="|uri="sip:|username="|<sip:a@b>|"\\""|"\\\\"|""|<>|<<<<|>>>>|,,,|;;;|[::1]',
  "[2001:db8:::192.0.2.1]|[fe80::1%lo]|%00|%2|%zz|%0d%0a|%3Csip:x%3E|@|?|&|=|;|,|<|>|:| |*|\\|\"|--|'|(|)|{|}|/",
  'multipart/mixed;boundary="b"|application/sdp|message/sipfrag|é|\ufffd|📞|\0|\x7f|\ufeff|\xa0|__proto__|constructor',
];

export const sipWords: readonly Buffer[] = [
  ...lines.flatMap((line) => line.split("|")).map((word) => Buffer.from(word)),
  ...["\r\n", "\r", "\n", "\r\n\r\n", "\r\n ", "\t", "|"].map((word) => Buffer.from(word)),
  Buffer.from([0xe9]),
  Buffer.from([0xff, 0xfe]),
  Buffer.from([0xc0, 0x80]),
];

export const sipJoints = '\r\n:;,=<>@ "?&/';
