import { Badge, Button, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowRight, Phone } from "lucide-react";
import {
  lastCallsQuery,
  liveCallsQuery,
  recentRefusalsQuery,
  registrationsQuery,
  statusQuery,
} from "../api/queries.ts";
import type { Registration } from "../api/types.ts";
import { CopyText } from "../components/copy-text.tsx";
import { FirstCall } from "../components/first-call.tsx";
import { CallState, Parties, RegistrationState } from "../components/live-state.tsx";
import { Empty, Loaded, PageHeader, Section } from "../components/page.tsx";
import { Row, Rows } from "../components/rows.tsx";
import { Since, Time } from "../components/time.tsx";
import { plural, words } from "../lib/format.ts";

export function Home() {
  const last = useQuery(lastCallsQuery);
  return (
    <>
      <PageHeader title="Home" actions={<NodeState />} />
      <Stack gap="lg">
        {last.data?.length === 0 ? <FirstCall /> : null}
        <Faults />
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
          <LiveCalls />
          <ThisNode />
        </SimpleGrid>
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
          <Section title="Last calls" actions={<More to="/calls" what="calls" />}>
            <Loaded query={last} what="calls">
              {(calls) =>
                calls.length === 0 ? (
                  <Empty icon={Phone} title="No call yet">
                    The first one shows up here while it rings.
                  </Empty>
                ) : (
                  <Rows label="Last calls">
                    {calls.map((call) => (
                      <Row key={call.id} end={<CallState call={call} />}>
                        <Link to="/calls/$id" params={{ id: call.id }} className="plain">
                          <Parties call={call} />
                        </Link>
                        <Text size="xs" c="dimmed">
                          <Time at={call.startedAt} />
                        </Text>
                      </Row>
                    ))}
                  </Rows>
                )
              }
            </Loaded>
          </Section>
          <Refusals />
        </SimpleGrid>
        {last.data !== undefined && last.data.length > 0 && last.data.length < 3 ? <FirstCall /> : null}
      </Stack>
    </>
  );
}

function More({ to, what }: { to: "/calls" | "/rejected" | "/agents"; what: string }) {
  return (
    <Button
      size="compact-sm"
      variant="subtle"
      rightSection={<ArrowRight size={14} />}
      renderRoot={(props) => <Link to={to} {...props} />}
    >
      All {what}
    </Button>
  );
}

function NodeState() {
  const { data } = useQuery(statusQuery);
  if (data === undefined) return null;
  const [color, text] = data.draining
    ? ["orange", "Shutting down: no new calls"]
    : data.ready
      ? ["teal", "Takes calls"]
      : ["orange", "Starting"];
  return (
    <Badge size="lg" color={color} variant="light">
      {text}
    </Badge>
  );
}

function LiveCalls() {
  const live = useQuery(liveCallsQuery);
  return (
    <Section title="Live calls">
      <Loaded query={live} what="live calls">
        {(calls) =>
          calls.length === 0 ? (
            <Text c="dimmed" size="sm">
              Nobody is on the phone just now.
            </Text>
          ) : (
            <Rows label="Live calls">
              {calls.map((call) => (
                <Row
                  key={call.id}
                  end={
                    <Group gap="xs" justify="flex-end" wrap="nowrap">
                      <CallState call={call} />
                      <Since at={call.answeredAt ?? call.startedAt} />
                    </Group>
                  }
                >
                  <Link to="/calls/$id" params={{ id: call.id }} className="plain">
                    <Parties call={call} />
                  </Link>
                </Row>
              ))}
            </Rows>
          )
        }
      </Loaded>
    </Section>
  );
}

function ThisNode() {
  const status = useQuery(statusQuery);
  return (
    <Section title="This node">
      <Loaded query={status} what="the node's state">
        {({ listeners, publicAddress, domain, callsRunning, databaseOpen }) => (
          <Stack gap="xs">
            <Line name="Listens on">
              <Group gap="xs">
                {listeners.map((listener) => (
                  <CopyText key={listener} text={listener} label="the listener" />
                ))}
              </Group>
            </Line>
            <Line name="Public address">
              <CopyText text={publicAddress} label="the public address" />
            </Line>
            {domain === publicAddress ? null : (
              <Line name="Domain">
                <CopyText text={domain} label="the domain" />
              </Line>
            )}
            <Line name="Calls now">{callsRunning}</Line>
            {databaseOpen ? null : (
              <Text c="red" size="sm">
                The database is lost: calls go on, nothing is recorded until a restart.
              </Text>
            )}
          </Stack>
        )}
      </Loaded>
    </Section>
  );
}

function Line({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <Group align="center" gap="sm" wrap="nowrap">
      <Text size="sm" c="dimmed" w={110} style={{ flexShrink: 0 }}>
        {name}
      </Text>
      <Text size="sm" component="div" style={{ minWidth: 0 }}>
        {children}
      </Text>
    </Group>
  );
}

/** What stands in the way of calls now. */
function Faults() {
  const { data = [] } = useQuery(registrationsQuery);
  if (data.length === 0) return null;
  const bad = data.filter(({ state }) => state === "rejected" || state === "unreachable");
  return (
    <Section
      title={bad.length === 0 ? "Registrations" : `${plural(bad.length, "registration")} not working`}
      actions={<More to="/agents" what="agents" />}
    >
      <Rows label="Registrations">
        {[...bad, ...data.filter((one) => !bad.includes(one))].slice(0, 8).map((registration) => (
          <RegistrationRow key={registration.agentId} registration={registration} />
        ))}
      </Rows>
      {data.length > 8 ? (
        <Text size="xs" c="dimmed" mt="xs">
          And {data.length - 8} more.
        </Text>
      ) : null}
    </Section>
  );
}

function RegistrationRow({ registration }: { registration: Registration }) {
  const { agentId, aor, state, hint, lastCode, lastReason, nextAttemptAt } = registration;
  const isBad = state === "rejected" || state === "unreachable";
  return (
    <Row
      end={
        <>
          <RegistrationState state={state} />
          {lastCode === null ? null : (
            <Text size="xs" c="dimmed">
              {lastCode} {lastReason}
            </Text>
          )}
        </>
      }
    >
      <Link to="/agents/$id" params={{ id: agentId }} search={{ tab: "registration" }} className="plain">
        {aor}
      </Link>
      {hint === null ? null : (
        <Text size="sm" c="dimmed">
          {hint}
        </Text>
      )}
      {isBad && nextAttemptAt !== null ? (
        <Text size="xs" c="dimmed">
          Tried again at <Time at={nextAttemptAt} />
        </Text>
      ) : null}
    </Row>
  );
}

function Refusals() {
  const refusals = useQuery(recentRefusalsQuery);
  return (
    <Section title="Last refused calls" actions={<More to="/rejected" what="refused calls" />}>
      <Loaded query={refusals} what="refused calls">
        {(rejected) =>
          rejected.length === 0 ? (
            <Text c="dimmed" size="sm">
              No call was refused.
            </Text>
          ) : (
            <Rows label="Last refused calls">
              {rejected.slice(0, 5).map(({ id, at, source, code, status }) => (
                <Row
                  key={id}
                  end={
                    <Badge color="orange" variant="light">
                      {status === 0 ? "" : `${status} `}
                      {words(code)}
                    </Badge>
                  }
                >
                  <Text size="sm">{source}</Text>
                  <Text size="xs" c="dimmed">
                    <Time at={at} />
                  </Text>
                </Row>
              ))}
            </Rows>
          )
        }
      </Loaded>
    </Section>
  );
}
