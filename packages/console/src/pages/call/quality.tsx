import { Alert, SimpleGrid, Stack, Text } from "@mantine/core";
import { VolumeX } from "lucide-react";
import { lazy, Suspense } from "react";
import type { Call } from "../../api/types.ts";
import { Loading, Section } from "../../components/page.tsx";

const QualityPlots = lazy(async () => ({
  default: (await import("./quality-plots.tsx")).QualityPlots,
}));

const number = (value: unknown, digits = 0): string | undefined =>
  typeof value === "number" ? value.toFixed(digits) : undefined;

/** Mean opinion scores in a word, as ITU-T G.107 Annex B has them. */
function inWords(mos: number): string {
  if (mos >= 4.0) return "good";
  return mos >= 3.6 ? "fair" : mos >= 3.1 ? "poor" : "bad";
}

/** What the audio was like, both ways, and why it was not well. */
export function Quality({
  call: { quality, qualitySamples = [], audioFindings = [] },
  hear,
}: {
  call: Call;
  hear: ((at: string) => void) | undefined;
}) {
  if (quality === null && audioFindings.length === 0) return null;
  return (
    <Section title="Audio">
      <Stack>
        {audioFindings.length === 0 ? null : (
          <Alert color="orange" icon={<VolumeX size={20} />} title="What was wrong with the audio">
            <Stack gap="xs">
              {audioFindings.map(({ code, sentence }) => (
                <Text key={code} size="sm" style={{ overflowWrap: "anywhere" }}>
                  {sentence}
                </Text>
              ))}
            </Stack>
          </Alert>
        )}
        {quality === null ? null : <Figures quality={quality} />}
        {qualitySamples.length === 0 ? null : (
          <Suspense fallback={<Loading what="the plots" />}>
            <QualityPlots samples={qualitySamples} hear={hear} />
          </Suspense>
        )}
      </Stack>
    </Section>
  );
}

function Figures({ quality }: { quality: NonNullable<Call["quality"]> }) {
  const { mos, remoteMos } = quality;
  const cells: [string, string | undefined][] = [
    ["Quality heard by the agent", typeof mos === "number" ? ofScale(mos) : "nothing was received"],
    [
      "Quality heard by the person",
      typeof remoteMos === "number" ? ofScale(remoteMos) : "not told: no reports (RTCP) came",
    ],
    [
      "Packets received, sent",
      `${number(quality.packetsReceived) ?? "?"}, ${number(quality.packetsSent) ?? "?"}`,
    ],
    ["Lost on the way here", `${number(quality.lost) ?? "?"} (${number(quality.lostPercent, 1) ?? "?"} %)`],
    ["Lost on the way there", lostThere(quality)],
    ["Jitter here", suffix(number(quality.jitterMs, 1))],
    ["Jitter there", suffix(number(quality.remoteJitterMs, 1))],
    ["Round trip", suffix(number(quality.roundTripMs))],
    ["Made up", suffix(number(quality.concealedMs))],
    ["Came too late", number(quality.late)],
  ];
  return (
    <SimpleGrid cols={{ base: 2, sm: 3 }} spacing="md">
      {cells.map(([name, value]) =>
        value === undefined ? null : (
          <div key={name}>
            <Text size="xs" c="dimmed">
              {name}
            </Text>
            <Text size="sm">{value}</Text>
          </div>
        ),
      )}
    </SimpleGrid>
  );
}

function ofScale(mos: number): string {
  return `${mos.toFixed(1)} of 4.5, ${inWords(mos)}`;
}

/** As the other side reports. */
function lostThere({ remoteLost, remoteLostPercent }: NonNullable<Call["quality"]>): string | undefined {
  const percent = number(remoteLostPercent, 1);
  return [number(remoteLost), ...(percent === undefined ? [] : [`(${percent} %)`])].join(" ");
}

function suffix(value: string | undefined): string | undefined {
  return value === undefined ? undefined : `${value} ms`;
}
