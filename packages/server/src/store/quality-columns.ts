// A call's samples of quality as the database holds them: one list a figure, a third of what the samples take as objects.
import type { CallQualitySample } from "./records.ts";

type Figure = Exclude<keyof CallQualitySample, "at">;

/** Epoch ms, and the figures; null where nothing told one. */
export type QualityColumns = { at: number[] } & { [Name in Figure]: (number | null)[] };

const FIGURES: { [Name in Figure]: true } = {
  seconds: true,
  packetsReceived: true,
  lostPercent: true,
  latePercent: true,
  jitterMs: true,
  bufferMs: true,
  roundTripMs: true,
  mos: true,
  remoteLostPercent: true,
  remoteJitterMs: true,
  remoteMos: true,
};
const figures = Object.keys(FIGURES) as Figure[];

export function toColumns(samples: readonly CallQualitySample[]): QualityColumns {
  const columns = figures.map((name) => [name, samples.map((sample) => sample[name] ?? null)] as const);
  return { at: samples.map(({ at }) => Date.parse(at)), ...Object.fromEntries(columns) } as QualityColumns;
}

/** Figures that nothing told are left out. @param columns none: a call of a version before there were any */
export function fromColumns(columns: Partial<QualityColumns>): CallQualitySample[] {
  return (columns.at ?? []).map((at, index) => {
    const told = figures.flatMap((name) => {
      const value = columns[name]?.[index];
      return value == null ? [] : [[name, value] as const];
    });
    return { at: new Date(at).toISOString(), ...Object.fromEntries(told) } as CallQualitySample;
  });
}
