import { ActionIcon, Alert, Badge, Button, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Mic, MicOff, Phone, PhoneOff } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { api, ask, sentenceOf } from "../../api/client.ts";
import { browserCallQuery, callQuery } from "../../api/queries.ts";
import type { Agent } from "../../api/types.ts";
import { Empty, Section } from "../../components/page.tsx";
import { useUser } from "../../components/session.tsx";
import { Since } from "../../components/time.tsx";
import { BrowserPhone, type PhoneState } from "../../lib/browser-phone.ts";
import { Transcript } from "../call/transcript.tsx";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"] as const;

/** Why there is no microphone, in words that help. */
function microphoneProblem(error: unknown): string {
  if (!(error instanceof DOMException)) return sentenceOf(error);
  if (error.name === "NotAllowedError")
    return "The browser gave no microphone: allow it for this page, by the sign beside its address.";
  if (error.name === "NotFoundError") return "This computer has no microphone.";
  return error.message;
}

/** Browsers hand out the microphone to pages by https alone, and to those of the computer itself. */
const hasMicrophone = (): boolean => window.isSecureContext && navigator.mediaDevices !== undefined;

/** A call to the agent from this page. */
export function Softphone({ agent }: { agent: Agent }) {
  const { username } = useUser();
  const [state, setState] = useState<PhoneState>();
  const [isMuted, setMuted] = useState(false);
  const phone = useRef<BrowserPhone>(undefined);
  const sound = useRef<HTMLAudioElement>(null);
  const from = `${username} (browser)`;
  const isOn = state !== undefined && state.kind !== "over";

  useEffect(() => () => phone.current?.hangUp(), []);

  const call = async () => {
    setMuted(false);
    setState({ kind: "connecting" });
    try {
      const { line } = await ask(
        api.POST("/api/v2/agents/{id}/softphone", { params: { path: { id: agent.id } }, body: { from } }),
      );
      phone.current = await BrowserPhone.call({
        ...{ socketPath: line.socketPath, uri: line.uri },
        onState: setState,
        onSound: (stream) => {
          if (sound.current !== null) sound.current.srcObject = stream;
        },
      });
    } catch (error) {
      setState({ kind: "over", why: microphoneProblem(error) });
    }
  };
  const mute = () => {
    if (phone.current !== undefined) phone.current.muted = !isMuted;
    setMuted(!isMuted);
  };

  return (
    <Section
      title="Talk in the browser"
      about="A real call: it is recorded and listed as any other. Agents by models cost what their providers charge."
      actions={state?.kind === "talking" ? <Badge variant="light">talking</Badge> : null}
    >
      <Stack>
        {/* biome-ignore lint/a11y/useMediaCaption: what is said stands below as it is spoken */}
        <audio ref={sound} autoPlay />
        {state?.kind === "over" && state.why !== undefined ? (
          <Alert color="red" title="No call">
            {state.why}
          </Alert>
        ) : null}
        {isOn ? (
          <>
            <Group justify="space-between">
              <Text role="status">
                {state.kind === "connecting"
                  ? "Connecting…"
                  : state.kind === "ringing"
                    ? "Ringing…"
                    : "Talking"}
                {state.kind === "talking" ? (
                  <>
                    {" "}
                    <Since at={new Date(state.since).toISOString()} />
                  </>
                ) : null}
              </Text>
              <Group gap="xs">
                <ActionIcon
                  variant={isMuted ? "filled" : "default"}
                  size="lg"
                  onClick={mute}
                  disabled={state.kind !== "talking"}
                  aria-pressed={isMuted}
                  aria-label="Mute the microphone"
                >
                  {isMuted ? <MicOff size={18} /> : <Mic size={18} />}
                </ActionIcon>
                <Button
                  color="red"
                  leftSection={<PhoneOff size={16} />}
                  onClick={() => phone.current?.hangUp()}
                >
                  Hang up
                </Button>
              </Group>
            </Group>
            <SimpleGrid cols={3} spacing="xs" role="group" aria-label="Keys">
              {KEYS.map((key) => (
                <Button
                  key={key}
                  variant="default"
                  disabled={state.kind !== "talking"}
                  onClick={() => phone.current?.press(key)}
                  aria-label={`Key ${key}`}
                >
                  {key}
                </Button>
              ))}
            </SimpleGrid>
          </>
        ) : hasMicrophone() ? (
          <Group>
            <Button leftSection={<Phone size={16} />} onClick={() => void call()}>
              {state === undefined ? "Call" : "Call again"}
            </Button>
          </Group>
        ) : (
          <Empty icon={MicOff} title="The browser gives no microphone to this page">
            It does so by https, or on the computer that Ringdown runs on: open the console at
            http://localhost there, or put it behind a proxy with TLS.
          </Empty>
        )}
        {state?.kind !== "talking" && state?.kind !== "over" ? null : <Said agentId={agent.id} from={from} />}
      </Stack>
    </Section>
  );
}

/** What is said, as it is spoken, in the newest call from here. */
function Said({ agentId, from }: { agentId: string; from: string }) {
  const { data: found } = useQuery(browserCallQuery(agentId, from));
  const { data: call } = useQuery({
    ...callQuery(found?.id ?? ""),
    enabled: found !== undefined && found !== null,
  });
  if (call === undefined) return null;
  return (
    <Stack gap="xs">
      <Transcript call={call} hear={undefined} />
      <Group>
        <Button
          size="xs"
          variant="default"
          renderRoot={(props) => <Link to="/calls/$id" params={{ id: call.id }} {...props} />}
        >
          The call's page
        </Button>
      </Group>
    </Stack>
  );
}
