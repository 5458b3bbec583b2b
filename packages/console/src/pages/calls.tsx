import { Group, Select, SimpleGrid, Stack, Table, Text, TextInput } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { Phone, PhoneIncoming, PhoneOutgoing } from "lucide-react";
import { useState } from "react";
import { agentsQuery, type CallSearch, callsQuery } from "../api/queries.ts";
import { CallsCsv } from "../components/calls-csv.tsx";
import { CallState, Parties } from "../components/live-state.tsx";
import { Empty, Loaded, Older, PageHeader, Section } from "../components/page.tsx";
import { PlaceCall } from "../components/place-call.tsx";
import { useMayChange } from "../components/session.tsx";
import { Since, Time } from "../components/time.tsx";
import { duration } from "../lib/format.ts";

const route = getRouteApi("/inside/calls");

/** All calls, live ones first as they are the newest; filtered by the server. */
export function Calls() {
  const search = route.useSearch();
  const calls = useInfiniteQuery(callsQuery(search));
  const { data: agents = [] } = useQuery(agentsQuery);
  const mayChange = useMayChange();
  const isFiltered = Object.values(search).some((value) => value !== undefined);
  const nameOf = (agentId: string) => agents.find(({ id }) => id === agentId)?.username ?? "deleted agent";
  return (
    <>
      <PageHeader
        title="Calls"
        actions={mayChange && agents.length > 0 ? <PlaceCall agents={agents} /> : null}
      />
      <Section title={isFiltered ? "Found calls" : "All calls"} actions={<CallsCsv search={search} />}>
        <Stack>
          <Filters search={search} />
          <Loaded query={calls} what="calls">
            {({ pages }) => {
              const all = pages.flatMap((page) => page.calls);
              if (all.length === 0) {
                return (
                  <Empty icon={Phone} title={isFiltered ? "No call is like that" : "No call yet"}>
                    {isFiltered ? (
                      <Link to="/calls" search={{}}>
                        Show all calls
                      </Link>
                    ) : (
                      <>
                        <Link to="/">Home</Link> shows ways to a first one.
                      </>
                    )}
                  </Empty>
                );
              }
              return (
                <>
                  <Table aria-label="Calls" verticalSpacing="xs" highlightOnHover>
                    <Table.Thead>
                      <Table.Tr>
                        <Table.Th>Call</Table.Th>
                        <Table.Th visibleFrom="sm">Agent</Table.Th>
                        <Table.Th visibleFrom="sm">Began</Table.Th>
                        <Table.Th visibleFrom="xs">Lasted</Table.Th>
                        <Table.Th>State</Table.Th>
                      </Table.Tr>
                    </Table.Thead>
                    <Table.Tbody>
                      {all.map((call) => (
                        <Table.Tr key={call.id}>
                          <Table.Td>
                            <Group gap="xs" wrap="nowrap">
                              {call.direction === "inbound" ? (
                                <PhoneIncoming size={16} aria-label="inbound" style={{ flexShrink: 0 }} />
                              ) : (
                                <PhoneOutgoing size={16} aria-label="outbound" style={{ flexShrink: 0 }} />
                              )}
                              <Link to="/calls/$id" params={{ id: call.id }} className="plain">
                                <Parties call={call} />
                              </Link>
                            </Group>
                            <Text size="xs" c="dimmed" hiddenFrom="sm">
                              <Time at={call.startedAt} />
                            </Text>
                          </Table.Td>
                          <Table.Td visibleFrom="sm">{nameOf(call.agentId)}</Table.Td>
                          <Table.Td visibleFrom="sm">
                            <Time at={call.startedAt} />
                          </Table.Td>
                          <Table.Td visibleFrom="xs">
                            {call.state === "ended" ? (
                              duration(call.duration ?? 0)
                            ) : (
                              <Since at={call.answeredAt ?? call.startedAt} />
                            )}
                          </Table.Td>
                          <Table.Td>
                            <CallState call={call} />
                          </Table.Td>
                        </Table.Tr>
                      ))}
                    </Table.Tbody>
                  </Table>
                  <Older query={calls}>Older calls</Older>
                </>
              );
            }}
          </Loaded>
        </Stack>
      </Section>
    </>
  );
}

const withoutStar = (text: string | undefined) => text?.replace(/\*$/, "") ?? "";

/** Kept in the address: a filtered list can be bookmarked and sent to somebody. */
function Filters({ search }: { search: CallSearch }) {
  const navigate = useNavigate();
  const { data: agents = [] } = useQuery(agentsQuery);
  const [from, setFrom] = useState(withoutStar(search.from));
  const [to, setTo] = useState(withoutStar(search.to));
  const set = (patch: CallSearch) =>
    void navigate({ to: "/calls", search: { ...search, ...patch }, replace: true });
  /** What it begins with: nobody types a whole number to find a call. */
  const orNone = (text: string) => (text.trim() === "" ? undefined : `${text.trim()}*`);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        set({ from: orNone(from), to: orNone(to) });
      }}
      aria-label="Filter the calls"
    >
      <SimpleGrid cols={{ base: 2, sm: 3, md: 6 }} spacing="xs">
        <Select
          label="State"
          placeholder="any"
          clearable
          data={["ringing", "active", "ended"]}
          value={search.state ?? null}
          onChange={(value) => set({ state: value === null ? undefined : (value as "ringing") })}
        />
        <Select
          label="Direction"
          placeholder="both"
          clearable
          data={["inbound", "outbound"]}
          value={search.direction ?? null}
          onChange={(value) => set({ direction: value === null ? undefined : (value as "inbound") })}
        />
        <Select
          label="Agent"
          placeholder="all"
          clearable
          searchable
          data={agents.map(({ id, username }) => ({ value: id, label: username }))}
          value={search.agentId ?? null}
          onChange={(value) => set({ agentId: value ?? undefined })}
        />
        <TextInput
          label="From begins"
          placeholder="+1512"
          value={from}
          onChange={(event) => setFrom(event.currentTarget.value)}
          onBlur={() => set({ from: orNone(from) })}
        />
        <TextInput
          label="To begins"
          placeholder="sales"
          value={to}
          onChange={(event) => setTo(event.currentTarget.value)}
          onBlur={() => set({ to: orNone(to) })}
        />
        <TextInput
          type="date"
          label="Since"
          value={search.since?.slice(0, 10) ?? ""}
          onChange={({ currentTarget: { value } }) =>
            set({ since: value === "" ? undefined : new Date(`${value}T00:00`).toISOString() })
          }
        />
      </SimpleGrid>
      <button type="submit" hidden>
        Filter
      </button>
    </form>
  );
}
