// What a captured message must not show. Each secret becomes as many `x` as it had characters: lengths stay true.

/** Credentials whose whole value is a secret or leads to one: with the digest's response a password can be guessed offline. */
const DIGEST_SECRET =
  /\b(response|cnonce|rspauth|password)(\s*=\s*)("(?:[^"\\]|\\.){0,4096}"?|[^\s,;"]{0,4096})/gi;
const CREDENTIALS =
  /^((?:proxy-)?authorization|(?:proxy-)?authentication-info)([ \t]*:[ \t]*)((?:.*\r?\n[ \t]+){0,20}.*)$/gim;
/** Keys of SRTP and of ICE in a session description. */
const SDP_KEY = /^(a=crypto:.{0,80}?inline:|a=ice-pwd:|a=key-mgmt:|k=)(.*)$/gim;
const URI_PASSWORD = /(\bsips?:[^\s:@<>"]{1,256}:)([^\s:@<>"]{1,256})(?=@)/gi;

/** @param text a message, each of its bytes a character (latin1) */
export function maskSecrets(text: string): string {
  return text
    .replace(CREDENTIALS, (_all, name: string, colon: string, value: string) => {
      const masked = /^digest\s/i.test(value) || /info$/i.test(name) ? maskDigest(value) : maskOther(value);
      return `${name}${colon}${masked}`;
    })
    .replace(SDP_KEY, (_all, before: string, key: string) => before + crosses(key))
    .replace(URI_PASSWORD, (_all, before: string, password: string) => before + crosses(password));
}

function maskDigest(value: string): string {
  return value.replace(
    DIGEST_SECRET,
    (_all, name: string, equals: string, secret: string) => name + equals + crosses(secret),
  );
}

/** Basic, Bearer and what nobody knows: the scheme alone is shown. */
function maskOther(value: string): string {
  const space = value.search(/\s/);
  return space < 0 ? crosses(value) : value.slice(0, space) + crosses(value.slice(space));
}

function crosses(secret: string): string {
  return secret.replace(/[^\s"]/g, "x");
}
