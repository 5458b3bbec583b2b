import { Alert, Button, Group, Progress, Stack, Text } from "@mantine/core";
import { Ear, EarOff } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { Call } from "../../api/types.ts";
import { type Levels, listenTo } from "../../lib/live-audio.ts";

const SILENCE: Levels = { caller: 0, agent: 0 };

/** What both say, in the browser, while the call runs. */
export function Listening({ call }: { call: Call }) {
  const [levels, setLevels] = useState<Levels>();
  const [problem, setProblem] = useState<string>();
  const stop = useRef<() => void>(undefined);
  useEffect(() => () => stop.current?.(), []);
  if (call.state !== "active") return null;
  const isOn = levels !== undefined;
  const toggle = () => {
    setProblem(undefined);
    if (isOn) {
      stop.current?.();
      return;
    }
    setLevels(SILENCE);
    stop.current = listenTo({
      callId: call.id,
      onLevels: setLevels,
      onEnd: (why) => {
        setLevels(undefined);
        setProblem(why);
      },
    });
  };
  return (
    <Stack gap="xs">
      <Group>
        <Button
          variant={isOn ? "light" : "default"}
          size="xs"
          leftSection={isOn ? <EarOff size={14} /> : <Ear size={14} />}
          onClick={toggle}
        >
          {isOn ? "Stop listening" : "Listen"}
        </Button>
        <Text size="xs" c="dimmed">
          Nobody in the call is told; that you listened stands in its timeline.
        </Text>
      </Group>
      {isOn ? (
        <Group grow maw="30rem">
          <Level label="Caller, left" value={levels.caller} />
          <Level label="Heard by the caller, right" value={levels.agent} />
        </Group>
      ) : null}
      {problem === undefined ? null : (
        <Alert color="red" title="Nothing to hear">
          {problem}
        </Alert>
      )}
    </Stack>
  );
}

/** Speech has a tenth of the greatest loudness or so. */
function Level({ label, value }: { label: string; value: number }) {
  return (
    <Stack gap={2}>
      <Text size="xs">{label}</Text>
      <Progress value={Math.min(100, value * 500)} aria-label={label} transitionDuration={100} />
    </Stack>
  );
}
