/** A text of somebody else's as it stands in a sentence: quoted, and not for ever. @param most characters of it */
export function quoted(text: string, most = 64): string {
  return JSON.stringify(text.length > most ? `${text.slice(0, most)}…` : text);
}
