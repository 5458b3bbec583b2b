import { Badge, Button, Group, Modal, Select, Stack, Table, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Bot, Plus } from "lucide-react";
import { useMemo, useState } from "react";
import { api, ask } from "../api/client.ts";
import { agentsQuery, queryClient, registrationsQuery } from "../api/queries.ts";
import type { Agent } from "../api/types.ts";
import { CopyText } from "../components/copy-text.tsx";
import { RegistrationState } from "../components/live-state.tsx";
import { Empty, Failed, Loaded, PageHeader, Section } from "../components/page.tsx";
import { useMayChange } from "../components/session.tsx";
import { MODES } from "./agent/modes.ts";

/** From so many on a list is searched rather than read. */
const SEARCHED_FROM = 10;

export function Agents() {
  const agents = useQuery(agentsQuery);
  const mayChange = useMayChange();
  const [isAdding, setAdding] = useState(false);
  return (
    <>
      <PageHeader
        title="Agents"
        actions={
          mayChange ? (
            <Button leftSection={<Plus size={16} />} onClick={() => setAdding(true)}>
              Add an agent
            </Button>
          ) : null
        }
      >
        Each answers calls at its own SIP URIs, and at the extension that it is registered as.
      </PageHeader>
      <Section title="All agents">
        <Loaded query={agents} what="agents">
          {(all) =>
            all.length === 0 ? (
              <Empty
                icon={Bot}
                title="No agent yet"
                action={mayChange ? <Button onClick={() => setAdding(true)}>Add an agent</Button> : null}
              >
                An agent takes calls as soon as it is there: the built-in attendant needs no key.
              </Empty>
            ) : (
              <List agents={all} />
            )
          }
        </Loaded>
      </Section>
      {isAdding ? <Adder close={() => setAdding(false)} /> : null}
    </>
  );
}

function List({ agents }: { agents: Agent[] }) {
  const { data: registrations = [] } = useQuery(registrationsQuery);
  const stateOf = useMemo(
    () => new Map(registrations.map((one) => [one.agentId, one.state] as const)),
    [registrations],
  );
  const [search, setSearch] = useState("");
  const wanted = search.trim().toLowerCase();
  const found = agents.filter(({ username, title, phoneNumbers }) =>
    [username, title, ...phoneNumbers].some((text) => text.toLowerCase().includes(wanted)),
  );
  return (
    <Stack>
      {agents.length < SEARCHED_FROM ? null : (
        <TextInput
          aria-label="Search the agents"
          placeholder="Name, title or number"
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
      )}
      <Table aria-label="Agents" verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Agent</Table.Th>
            <Table.Th visibleFrom="sm">Mode</Table.Th>
            <Table.Th visibleFrom="sm">Reached at</Table.Th>
            <Table.Th>Registration</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {found.map(({ id, username, title, mode, sipUris }) => {
            const state = stateOf.get(id);
            return (
              <Table.Tr key={id} style={{ verticalAlign: "top" }}>
                <Table.Td>
                  <Link to="/agents/$id" params={{ id }} className="plain">
                    <Text fw={600} style={{ overflowWrap: "anywhere" }}>
                      {username}
                    </Text>
                  </Link>
                  <Text size="sm" c="dimmed">
                    {title}
                  </Text>
                </Table.Td>
                <Table.Td visibleFrom="sm">
                  <Badge variant="light" color="gray">
                    {mode}
                  </Badge>
                </Table.Td>
                <Table.Td visibleFrom="sm">
                  {sipUris.slice(0, 3).map((uri) => (
                    <CopyText key={uri} text={uri} label={`the SIP URI ${uri}`} />
                  ))}
                  {sipUris.length > 3 ? (
                    <Text size="xs" c="dimmed">
                      and {sipUris.length - 3} more
                    </Text>
                  ) : null}
                </Table.Td>
                <Table.Td>
                  {state === undefined ? (
                    <Text size="sm" c="dimmed">
                      none
                    </Text>
                  ) : (
                    <RegistrationState state={state} />
                  )}
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
      {found.length === 0 ? (
        <Text c="dimmed" size="sm" ta="center">
          No agent has “{search}” in its name, title or numbers.
        </Text>
      ) : null}
    </Stack>
  );
}

function Adder({ close }: { close: () => void }) {
  const navigate = useNavigate();
  const form = useForm<{ username: string; title: string; mode: Agent["mode"] }>({
    initialValues: { username: "", title: "", mode: "attendant" },
  });
  const add = useMutation({
    mutationFn: (body: { username: string; title: string; mode: Agent["mode"] }) =>
      ask(api.POST("/api/v2/agents", { body })),
    onSuccess: async ({ agent }) => {
      await queryClient.invalidateQueries({ queryKey: agentsQuery.queryKey });
      await navigate({ to: "/agents/$id", params: { id: agent.id } });
    },
  });
  return (
    <Modal opened onClose={close} title="Add an agent" centered>
      <form onSubmit={form.onSubmit((values) => add.mutate(values))}>
        <Stack>
          {add.error === null ? null : <Failed error={add.error} title="Not added" />}
          <TextInput
            label="Username"
            description="Part of its SIP URI: letters, digits, dots, underscores and hyphens"
            placeholder="sales"
            autoCapitalize="none"
            spellCheck={false}
            required
            data-autofocus
            {...form.getInputProps("username")}
          />
          <TextInput label="Title" placeholder="The sales line" {...form.getInputProps("title")} />
          <Select label="Mode" allowDeselect={false} data={MODES} {...form.getInputProps("mode")} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={add.isPending}>
              Add
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
