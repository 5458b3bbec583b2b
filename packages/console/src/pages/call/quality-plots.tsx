import { Group, Stack, Table, Text, UnstyledButton } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { type PointerEvent, useMemo, useState } from "react";
import type { Call } from "../../api/types.ts";
import { duration } from "../../lib/format.ts";
import { scaleOf, stepPath, stretches, timeTicks } from "../../lib/plot.ts";

type ApiSample = NonNullable<Call["qualitySamples"]>[number];
type Sample = ApiSample & { from: number; to: number };

interface Line {
  name: string;
  /** Its head in the table. */
  column: string;
  /** Its colour and dashes, in style.css. */
  look: "here" | "there" | "both";
  of: (sample: Sample) => number | undefined;
  /** Told by the other side's reports, which come when they come. */
  reported: boolean;
}

interface Plot {
  title: string;
  unit: string;
  digits: number;
  low: number;
  /** Where the scale ends if no value is higher. */
  atLeast: number;
  lines: Line[];
}

const PLOTS: Plot[] = [
  {
    ...{ title: "Quality (MOS: 4 is good, 3 is poor)", unit: "", digits: 1, low: 1, atLeast: 4.5 },
    lines: [
      {
        name: "heard by the agent",
        column: "MOS heard by the agent",
        look: "here",
        of: ({ mos }) => mos,
        reported: false,
      },
      {
        name: "heard by the person",
        column: "MOS heard by the person",
        look: "there",
        of: ({ remoteMos }) => remoteMos,
        reported: true,
      },
    ],
  },
  {
    ...{ title: "Packets lost or late", unit: " %", digits: 1, low: 0, atLeast: 5 },
    lines: [
      {
        name: "on the way here",
        column: "Lost on the way here, %",
        look: "here",
        of: missed,
        reported: false,
      },
      {
        name: "on the way there",
        column: "Lost on the way there, %",
        look: "there",
        of: (s) => s.remoteLostPercent,
        reported: true,
      },
    ],
  },
  {
    ...{ title: "Jitter and round trip", unit: " ms", digits: 0, low: 0, atLeast: 20 },
    lines: [
      {
        name: "jitter here",
        column: "Jitter here, ms",
        look: "here",
        of: ({ jitterMs }) => jitterMs,
        reported: false,
      },
      {
        name: "jitter there",
        column: "Jitter there, ms",
        look: "there",
        of: (s) => s.remoteJitterMs,
        reported: true,
      },
      {
        name: "round trip",
        column: "Round trip, ms",
        look: "both",
        of: ({ roundTripMs }) => roundTripMs,
        reported: true,
      },
    ],
  },
];

function missed({ lostPercent, latePercent = 0 }: Sample): number | undefined {
  return lostPercent === undefined ? undefined : lostPercent + latePercent;
}

const HEIGHT = 96;
const LEFT = 40;
const RIGHT = 8;
const TOP = 6;
const BOTTOM = 18;

/** How the audio was over time. @param hear plays the recording from there */
export function QualityPlots({
  samples: told,
  hear,
}: {
  samples: ApiSample[];
  hear: ((at: string) => void) | undefined;
}) {
  const samples = useMemo(() => timed(told), [told]);
  const { ref, width } = useElementSize();
  const [seen, setSeen] = useState<number>();
  const end = samples.at(-1)?.to ?? 1;
  const x = (seconds: number) => LEFT + (seconds / end) * (width - LEFT - RIGHT);
  const at = (event: PointerEvent<SVGSVGElement>) => {
    const pixels = event.clientX - event.currentTarget.getBoundingClientRect().left;
    const seconds = ((pixels - LEFT) / (width - LEFT - RIGHT)) * end;
    const index = samples.findIndex(({ to }) => seconds <= to);
    return seconds < 0 || index === -1 ? undefined : index;
  };
  const chosen = seen === undefined ? undefined : samples[seen];
  return (
    <Stack gap="md" ref={ref}>
      {PLOTS.map((plot) => (
        <figure key={plot.title} className="plot">
          <figcaption>
            <Group gap="md">
              <Text size="sm" fw={600} component="span">
                {plot.title}
              </Text>
              {plot.lines.map((line) => (
                <Legend key={line.name} plot={plot} line={line} samples={samples} chosen={chosen} />
              ))}
            </Group>
          </figcaption>
          {width === 0 ? null : (
            // The table below does the same by keys.
            <svg
              width={width}
              height={HEIGHT}
              aria-hidden
              onPointerMove={(event) => setSeen(at(event))}
              onPointerLeave={() => setSeen(undefined)}
              onClick={() => chosen !== undefined && hear?.(startOf(chosen))}
              data-hear={hear !== undefined}
            >
              <Drawing plot={plot} samples={samples} end={end} x={x} width={width} />
              {chosen === undefined ? null : (
                <rect
                  className="plot-chosen"
                  x={x(chosen.from)}
                  width={Math.max(1, x(chosen.to) - x(chosen.from))}
                  y={TOP}
                  height={HEIGHT - TOP - BOTTOM}
                />
              )}
            </svg>
          )}
        </figure>
      ))}
      <AsTable samples={samples} hear={hear} />
    </Stack>
  );
}

/** Times from the first sample's beginning. */
function timed(samples: readonly ApiSample[]): Sample[] {
  const ends = samples.map(({ at }) => Date.parse(at) / 1000);
  const start = (ends[0] ?? 0) - (samples[0]?.seconds ?? 0);
  let from = 0;
  return samples.map((sample, index) => {
    const to = (ends[index] ?? start) - start;
    const one = { ...sample, from, to };
    from = to;
    return one;
  });
}

function startOf({ at, seconds }: ApiSample): string {
  return new Date(Date.parse(at) - seconds * 1000).toISOString();
}

/** What the line is, with its value where one points, else its worst. */
function Legend({
  plot: { low, unit, digits },
  line: { name, look, of },
  samples,
  chosen,
}: {
  plot: Plot;
  line: Line;
  samples: Sample[];
  chosen: Sample | undefined;
}) {
  const values = samples.map(of).filter((value) => value !== undefined);
  // Of the scale that begins above 0, less is worse.
  const worst = values.length === 0 ? undefined : low > 0 ? Math.min(...values) : Math.max(...values);
  const now = chosen === undefined ? undefined : of(chosen);
  const shown = (value: number | undefined) =>
    value === undefined ? "not known" : `${value.toFixed(digits)}${unit}`;
  return (
    <Text size="xs" component="span" className="plot-legend">
      <svg width={22} height={8} aria-hidden>
        <path className={`plot-line ${look}`} d="M0,4H22" />
      </svg>
      {name}: {chosen === undefined ? `${shown(worst)}${worst === undefined ? "" : " at worst"}` : shown(now)}
    </Text>
  );
}

function Drawing({
  plot: { lines, low, atLeast },
  samples,
  end,
  x,
  width,
}: {
  plot: Plot;
  samples: Sample[];
  end: number;
  x: (seconds: number) => number;
  width: number;
}) {
  const values = lines.flatMap(({ of }) => samples.map(of)).filter((value) => value !== undefined);
  const ticks = scaleOf(values, low, atLeast);
  const high = ticks.at(-1) ?? atLeast;
  const floor = HEIGHT - BOTTOM;
  const y = (value: number) => floor - ((value - low) / (high - low)) * (floor - TOP);
  return (
    <>
      {ticks.map((tick) => (
        <g key={tick}>
          <path className="plot-grid" d={`M${LEFT},${y(tick)}H${width - RIGHT}`} />
          <text x={LEFT - 6} y={y(tick) + 4} textAnchor="end">
            {tick}
          </text>
        </g>
      ))}
      {timeTicks(end, Math.min(8, Math.floor(width / 80))).map((seconds) => (
        <text key={seconds} x={x(seconds)} y={HEIGHT - 4} textAnchor="middle">
          {duration(seconds)}
        </text>
      ))}
      {lines.map(({ name, look, of, reported }) => (
        <path
          key={name}
          className={`plot-line ${look}`}
          data-line={name}
          d={stepPath(stretches(samples, of, reported), x, y)}
        />
      ))}
    </>
  );
}

/** The same for who does not see, or wants the figures. */
function AsTable({ samples, hear }: { samples: Sample[]; hear: ((at: string) => void) | undefined }) {
  return (
    <details className="plot-table">
      <summary>The same as a table</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys. */}
      <section tabIndex={0} aria-label="Audio over time, as a table">
        <Table aria-label="Audio over time" stickyHeader fz="xs" verticalSpacing={2}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>From</Table.Th>
              {PLOTS.flatMap(({ lines }) =>
                lines.map(({ column }) => <Table.Th key={column}>{column}</Table.Th>),
              )}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {samples.map((sample) => (
              <Table.Tr key={sample.at}>
                <Table.Th scope="row">
                  {hear === undefined ? (
                    duration(sample.from)
                  ) : (
                    <UnstyledButton
                      fz="xs"
                      td="underline"
                      onClick={() => hear(startOf(sample))}
                      aria-label={`${duration(sample.from)}: hear it`}
                    >
                      {duration(sample.from)}
                    </UnstyledButton>
                  )}
                </Table.Th>
                {PLOTS.flatMap(({ lines, digits }) =>
                  lines.map(({ name, of }) => (
                    <Table.Td key={name}>{of(sample)?.toFixed(digits) ?? "–"}</Table.Td>
                  )),
                )}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </section>
    </details>
  );
}
