import { ActionIcon, Anchor, Group, Stack, Text, useComputedColorScheme } from "@mantine/core";
import { Download, Pause, Play } from "lucide-react";
import { type RefObject, useEffect, useRef, useState } from "react";
import { Failed } from "../../components/page.tsx";
import { duration } from "../../lib/format.ts";
import { styleNonce } from "../../lib/nonce.ts";

/** What the transcript asks of the recording. */
export interface Player {
  /** Plays from there. @param seconds from the recording's beginning */
  hear(seconds: number): void;
}

/** A waveform needs the whole recording in the browser: above it there is a player alone. */
const LONGEST_DRAWN_S = 20 * 60;
const COLOURS = {
  light: { caller: ["#868e96", "#343a40"], agent: ["#74a7d8", "#1864ab"] },
  dark: { caller: ["#868e96", "#dee2e6"], agent: ["#3b79b0", "#74c0fc"] },
} as const;

/** Only the path: whatever base the API names, it is this server's. */
const pathOf = (url: string) => new URL(url, window.location.href).pathname;

export function Recording({
  url,
  seconds,
  player,
}: {
  url: string;
  seconds: number;
  player: RefObject<Player | null>;
}) {
  const path = pathOf(url);
  return seconds > LONGEST_DRAWN_S ? (
    <Plain path={path} player={player} />
  ) : (
    <Waveform path={path} player={player} />
  );
}

function Plain({ path, player }: { path: string; player: RefObject<Player | null> }) {
  const audio = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    player.current = {
      hear: (seconds) => {
        if (audio.current === null) return;
        audio.current.currentTime = Math.max(0, seconds);
        void audio.current.play();
      },
    };
  }, [player]);
  return (
    // biome-ignore lint/a11y/useMediaCaption: the transcript stands below.
    <audio
      ref={audio}
      src={path}
      controls
      preload="metadata"
      style={{ width: "100%" }}
      aria-label="Recording"
    />
  );
}

type State = { kind: "loading" } | { kind: "ready"; seconds: number } | { kind: "failed"; error: unknown };

function Waveform({ path, player }: { path: string; player: RefObject<Player | null> }) {
  const scheme = useComputedColorScheme("light");
  const box = useRef<HTMLDivElement>(null);
  const toggle = useRef(() => {});
  const [state, setState] = useState<State>({ kind: "loading" });
  const [isPlaying, setPlaying] = useState(false);
  const [at, setAt] = useState(0);
  useEffect(() => {
    let isGone = false;
    let destroy = () => {};
    const show = async () => {
      const { default: WaveSurfer } = await import("wavesurfer.js");
      if (isGone || box.current === null) return;
      const { caller, agent } = COLOURS[scheme];
      const wave = WaveSurfer.create({
        container: box.current,
        url: path,
        cspNonce: styleNonce,
        height: 56,
        barWidth: 2,
        barGap: 1,
        barRadius: 2,
        normalize: true,
        dragToSeek: true,
        cursorColor: "#fa5252",
        // Left the caller, right the agent.
        splitChannels: [
          { waveColor: caller[0], progressColor: caller[1] },
          { waveColor: agent[0], progressColor: agent[1] },
        ],
      });
      destroy = () => wave.destroy();
      toggle.current = () => void wave.playPause();
      player.current = {
        hear: (seconds) => {
          wave.setTime(Math.max(0, seconds));
          void wave.play();
        },
      };
      wave.on("ready", (length) => setState({ kind: "ready", seconds: length }));
      wave.on("error", (error) => setState({ kind: "failed", error }));
      wave.on("play", () => setPlaying(true));
      wave.on("pause", () => setPlaying(false));
      wave.on("finish", () => setPlaying(false));
      wave.on("timeupdate", setAt);
    };
    void show().catch((error: unknown) => setState({ kind: "failed", error }));
    return () => {
      isGone = true;
      player.current = null;
      destroy();
    };
  }, [path, player, scheme]);
  return (
    <Stack gap="xs">
      <div
        ref={box}
        data-state={state.kind}
        className="waveform"
        role="img"
        aria-label="Waveform: above the caller, below the agent"
      />
      {state.kind === "failed" ? <Failed title="The recording cannot be shown" error={state.error} /> : null}
      <Group justify="space-between">
        <Group gap="sm">
          <ActionIcon
            size="lg"
            radius="xl"
            disabled={state.kind !== "ready"}
            onClick={() => toggle.current()}
            aria-label={isPlaying ? "Pause" : "Play"}
          >
            {isPlaying ? <Pause size={18} /> : <Play size={18} />}
          </ActionIcon>
          <Text size="sm" style={{ fontVariantNumeric: "tabular-nums" }}>
            {state.kind === "ready" ? `${duration(at)} / ${duration(state.seconds)}` : "…"}
          </Text>
        </Group>
        <Anchor href={path} download size="sm">
          <Group gap={4}>
            <Download size={14} aria-hidden /> WAV
          </Group>
        </Anchor>
      </Group>
    </Stack>
  );
}
