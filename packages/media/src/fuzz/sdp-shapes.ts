const head = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n";
const audio = "m=audio 4000 RTP/AVP 0\r\n";

/** Session descriptions of any size that have broken parsers elsewhere. */
export const sdpShapes: readonly { readonly name: string; make(size: number): Buffer }[] = [
  { name: "attributes", make: (size: number) => head + audio + "a=x\r\n".repeat(size) },
  { name: "mappings", make: (size: number) => head + audio + "a=rtpmap:0 PCMU/8000\r\n".repeat(size) },
  { name: "long attribute", make: (size: number) => `${head}${audio}a=fmtp:${"0 ".repeat(size)}` },
  { name: "long mapping", make: (size: number) => `${head}${audio}a=rtpmap:0 ${"P".repeat(size)}/8000` },
  { name: "blanks in a mapping", make: (size: number) => `${head}${audio}a=rtpmap:0${" ".repeat(size)}x` },
  { name: "long rtcp", make: (size: number) => `${head}${audio}a=rtcp:1${" IN".repeat(size)}` },
  { name: "formats", make: (size: number) => `${head}m=audio 4000 RTP/AVP${" 0".repeat(size)}\r\n` },
  {
    name: "blanks between formats",
    make: (size: number) => `${head}m=audio 4000 RTP/AVP 0${" ".repeat(size)}\0`,
  },
  { name: "long format", make: (size: number) => `${head}m=audio 4000 RTP/AVP ${"0".repeat(size)}` },
  { name: "long protocol", make: (size: number) => `${head}m=audio 4000 ${"R".repeat(size)}\0` },
  { name: "streams", make: (size: number) => head + audio.repeat(size) },
  { name: "connections", make: (size: number) => head + audio + "c=IN IP4 192.0.2.1\r\n".repeat(size) },
  { name: "long connection", make: (size: number) => `${head}${audio}c=IN IP6 ${":".repeat(size)}` },
  { name: "blanks in a connection", make: (size: number) => `${head}${audio}c=IN${" ".repeat(size)}IP4` },
  { name: "long origin", make: (size: number) => `v=0\r\no=${"x".repeat(size)} 1 1 IN IP4 h\r\n` },
  { name: "blanks in the origin", make: (size: number) => `v=0\r\no=-${" ".repeat(size)}1 1 IN IP4 h\r\n` },
  { name: "empty lines", make: (size: number) => `v=0${"\r\n".repeat(size)}` },
  { name: "bare CR", make: (size: number) => `v=0${"\r".repeat(size)}` },
  { name: "one line", make: (size: number) => `v=0\r\ns=${"x".repeat(size)}` },
  { name: "timings", make: (size: number) => head + "t=0 0\r\n".repeat(size) },
  { name: "no line end", make: (size: number) => "x".repeat(size) },
].map(({ name, make }) => ({ name, make: (size) => Buffer.from(make(size)) }));
