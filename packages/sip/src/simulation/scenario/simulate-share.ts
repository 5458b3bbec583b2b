/** What the processes of one long simulation share. */
export interface Share {
  readonly from: number;
  readonly step: number;
  readonly memory: SharedArrayBuffer;
}

export interface Failure {
  readonly seed: number;
  readonly text: string;
}

/** Places in the shared memory, 32 bits each. */
export const tally = { enough: 0, scenarios: 1, calls: 2, answered: 3, failures: 4, places: 5 } as const;
