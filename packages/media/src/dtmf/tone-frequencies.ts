/** The DTMF frequencies, ITU-T Q.23: a digit is one of four rows and one of four columns sounding together. */

/** Hz. */
export const rowFrequencies = [697, 770, 852, 941] as const;
/** Hz. */
export const columnFrequencies = [1209, 1336, 1477, 1633] as const;

/** Row after row, as on the keypad. */
export const keypad = "123A456B789C*0#D";

/** Row and column frequency of a digit, Hz; undefined for anything that is no DTMF digit. */
export function frequenciesOf(digit: string): { row: number; column: number } | undefined {
  const place = digit.length === 1 ? keypad.indexOf(digit.toUpperCase()) : -1;
  const row = rowFrequencies[place >> 2];
  const column = columnFrequencies[place & 3];
  return place === -1 || row === undefined || column === undefined ? undefined : { row, column };
}
