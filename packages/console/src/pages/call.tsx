import { Alert, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense, useRef } from "react";
import { agentsQuery, callQuery } from "../api/queries.ts";
import type { Call } from "../api/types.ts";
import { CopyText } from "../components/copy-text.tsx";
import { CallState } from "../components/live-state.tsx";
import { Loaded, Loading, PageHeader, Section } from "../components/page.tsx";
import { useMayChange } from "../components/session.tsx";
import { Since, Time } from "../components/time.tsx";
import { duration } from "../lib/format.ts";
import { Listening } from "./call/listening.tsx";
import { LiveActions } from "./call/live-actions.tsx";
import { Messages } from "./call/messages.tsx";
import { Quality } from "./call/quality.tsx";
import { type Player, Recording } from "./call/recording.tsx";
import { Report } from "./call/report.tsx";
import { Timeline } from "./call/timeline.tsx";
import { Transcript } from "./call/transcript.tsx";

const SipMessages = lazy(async () => ({
  default: (await import("./call/sip-messages.tsx")).SipMessages,
}));
const route = getRouteApi("/inside/calls/$id");

export function CallPage() {
  const { id } = route.useParams();
  const call = useQuery(callQuery(id));
  return (
    <Loaded query={call} what="the call">
      {(one) => <OneCall key={one.id} call={one} />}
    </Loaded>
  );
}

/** When the recording begins: with the answer, or with the ringing that was heard before it. */
export function recordedFrom({ timeline, answeredAt, startedAt }: Call): number {
  const early = timeline.find(({ type }) => type === "early_media")?.at;
  return Date.parse(typeof early === "string" ? early : (answeredAt ?? startedAt));
}

function OneCall({ call }: { call: Call }) {
  const mayChange = useMayChange();
  const player = useRef<Player | null>(null);
  const isLive = call.state !== "ended";
  const hear =
    call.recording === null || isLive
      ? undefined
      : (at: string) => player.current?.hear((Date.parse(at) - recordedFrom(call)) / 1000);
  return (
    <>
      <PageHeader
        title={`${call.from} → ${call.to}`}
        actions={isLive && mayChange ? <LiveActions call={call} /> : null}
      >
        <Group gap="sm">
          <CallState call={call} />
          <Time at={call.startedAt} />
          {isLive ? <Since at={call.answeredAt ?? call.startedAt} /> : duration(call.duration ?? 0)}
        </Group>
      </PageHeader>
      <Stack gap="lg">
        {isLive ? null : <Ending call={call} />}
        <Section title="Conversation">
          <Stack>
            <Listening call={call} />
            {call.recording === null || isLive ? null : (
              <Recording url={call.recording} seconds={call.duration ?? 0} player={player} />
            )}
            <Transcript call={call} hear={hear} />
          </Stack>
        </Section>
        <Report report={call.report} agentId={call.agentId} />
        <Messages messages={call.messages} />
        <Facts call={call} />
        <Suspense fallback={<Loading what="SIP messages" />}>
          <SipMessages call={call} />
        </Suspense>
        <Timeline call={call} />
        <Quality call={call} hear={hear} />
      </Stack>
    </>
  );
}

const WHOSE = { caller: "The person on the phone", agent: "The agent", system: "Ringdown" } as const;

/** How it ended, and whose doing. */
function Ending({ call }: { call: Call }) {
  const isBad = call.endedBy === "system";
  return (
    <Alert
      color={isBad ? "orange" : "blue"}
      title={`Ended by: ${call.endedBy === null ? "nobody knows" : WHOSE[call.endedBy]}`}
    >
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        {call.endReason}
      </Text>
    </Alert>
  );
}

function Facts({ call }: { call: Call }) {
  const { data: agents = [] } = useQuery(agentsQuery);
  const agent = agents.find(({ id }) => id === call.agentId);
  return (
    <Section title="Facts">
      <SimpleGrid cols={{ base: 1, sm: 2, md: 3 }} spacing="md">
        <Fact name="Agent">
          {agent === undefined ? (
            "deleted since"
          ) : (
            <Link to="/agents/$id" params={{ id: agent.id }}>
              {agent.username}
            </Link>
          )}
        </Fact>
        <Fact name="Direction">{call.direction}</Fact>
        <Fact name="Codec">{call.codec ?? "none"}</Fact>
        <Fact name="Began">
          <Time at={call.startedAt} />
        </Fact>
        <Fact name="Answered">{call.answeredAt === null ? "never" : <Time at={call.answeredAt} />}</Fact>
        <Fact name="Ended">{call.endedAt === null ? "not yet" : <Time at={call.endedAt} />}</Fact>
        <Fact name="Record">
          <a href={`/api/v2/calls/${encodeURIComponent(call.id)}`} download={`${call.id}.json`}>
            JSON
          </a>
        </Fact>
        <Fact name="Call-ID">
          <CopyText text={call.sipCallId} label="the Call-ID" />
        </Fact>
        <Fact name="Id">
          <CopyText text={call.id} label="the call's id" />
        </Fact>
        {call.legs.map((leg) => (
          <Fact
            key={String(leg.id)}
            name={call.legs.length === 1 ? "Far side" : `Leg ${String(leg.id).split("-").at(-1)}`}
          >
            {[leg.transport, leg.remoteAddress, leg.userAgent, legEnd(leg)]
              .filter((part) => typeof part === "string")
              .join(" · ")}
          </Fact>
        ))}
      </SimpleGrid>
    </Section>
  );
}

/** "busy (486), by the other side" */
function legEnd({ endCause, endStatus, endedBy }: { [detail: string]: unknown }): string | undefined {
  if (typeof endCause !== "string") return undefined;
  const sides: { [by: string]: string } = {
    peer: "by the other side",
    us: "by us",
    network: "nobody answered any more",
  };
  const status = typeof endStatus === "number" ? ` (${endStatus})` : "";
  return `ended: ${endCause.replaceAll("_", " ")}${status}, ${sides[String(endedBy)] ?? ""}`;
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text size="sm" component="div" style={{ overflowWrap: "anywhere" }}>
        {children}
      </Text>
    </div>
  );
}
