import { ActionIcon, Alert, Button, Group, Stack, Table, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery } from "@tanstack/react-query";
import { ShieldQuestion, Trash2 } from "lucide-react";
import { ApiError, api, ask } from "../../api/client.ts";
import { accessListQuery, queryClient, recentRefusalsQuery } from "../../api/queries.ts";
import type { AccessEntry } from "../../api/types.ts";
import { AllowSource } from "../../components/allow-source.tsx";
import { Confirmed } from "../../components/confirm.tsx";
import { Empty, Failed, Loaded, Section } from "../../components/page.tsx";
import { Row, Rows } from "../../components/rows.tsx";
import { useMayChange } from "../../components/session.tsx";
import { Time } from "../../components/time.tsx";
import { told } from "../../components/told.ts";
import { party, plural } from "../../lib/format.ts";

const refresh = () => queryClient.invalidateQueries({ queryKey: accessListQuery.queryKey });

/** Whose calls are taken: every address that sends INVITEs. */
export function AccessList() {
  const list = useQuery(accessListQuery);
  const mayChange = useMayChange();
  return (
    <Section
      id="access-list"
      title="SIP IP access list"
      about="Calls are taken from these addresses alone. List every address that sends INVITEs; what comes over a registration needs no entry."
    >
      <Stack>
        {mayChange ? <AddEntry /> : null}
        <Loaded query={list} what="the access list">
          {(entries) => (
            <>
              {entries.length === 0 ? (
                <Empty icon={ShieldQuestion} title="Nobody may send calls">
                  Add the address of your PBX, trunk or softphone. A call from elsewhere is refused, and its
                  source shows up below.
                </Empty>
              ) : (
                <Table aria-label="Access list" verticalSpacing="xs">
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>Address</Table.Th>
                      <Table.Th>Label</Table.Th>
                      <Table.Th visibleFrom="sm">Added</Table.Th>
                      <Table.Th>
                        <span className="unseen">Remove</span>
                      </Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {entries.map((entry) => (
                      <Entry key={entry.ip} entry={entry} mayChange={mayChange} />
                    ))}
                  </Table.Tbody>
                </Table>
              )}
              <RecentlyRefused entries={entries} mayChange={mayChange} />
            </>
          )}
        </Loaded>
      </Stack>
    </Section>
  );
}

function Entry({ entry: { ip, label, timestamp }, mayChange }: { entry: AccessEntry; mayChange: boolean }) {
  const remove = async () => {
    await ask(api.DELETE("/api/v2/sip/ipWhitelist", { body: { ip } }));
    told(`${ip} is removed.`);
    await refresh();
  };
  return (
    <Table.Tr>
      <Table.Td style={{ overflowWrap: "anywhere" }}>{ip}</Table.Td>
      <Table.Td style={{ overflowWrap: "anywhere" }}>{label}</Table.Td>
      <Table.Td visibleFrom="sm">
        <Time at={new Date(timestamp * 1000).toISOString()} />
      </Table.Td>
      <Table.Td ta="right">
        {mayChange ? (
          <Confirmed
            title={`Remove ${ip}?`}
            verb="Remove"
            act={remove}
            button={(open) => (
              <ActionIcon variant="subtle" color="red" onClick={open} aria-label={`Remove ${ip}`}>
                <Trash2 size={16} />
              </ActionIcon>
            )}
          >
            New calls from it are refused from then on. Calls that run go on.
          </Confirmed>
        ) : null}
      </Table.Td>
    </Table.Tr>
  );
}

function AddEntry() {
  const form = useForm({ initialValues: { ip: "", label: "" } });
  const add = useMutation({
    mutationFn: (body: { ip: string; label: string; confirm?: boolean }) =>
      ask(api.POST("/api/v2/sip/ipWhitelist", { body })),
    onSuccess: async ({ message }) => {
      told(message);
      form.reset();
      await refresh();
    },
  });
  const isTooWide = add.error instanceof ApiError && add.error.code === "ip_too_wide";
  return (
    <form onSubmit={form.onSubmit((values) => add.mutate(values))} aria-label="Add an address">
      <Group align="flex-start" gap="sm">
        <TextInput
          label="Address or network"
          placeholder="192.0.2.10 or 2001:db8::/64"
          required
          style={{ flex: "1 1 12rem" }}
          {...form.getInputProps("ip")}
          error={add.error === null || isTooWide ? null : add.error.message}
        />
        <TextInput
          label="Label"
          placeholder="our PBX"
          style={{ flex: "1 1 12rem" }}
          {...form.getInputProps("label")}
        />
        <Button type="submit" loading={add.isPending} mt={25}>
          Add
        </Button>
      </Group>
      {isTooWide ? (
        <Alert color="orange" mt="sm" title="A very wide network">
          <Group justify="space-between">
            <Text size="sm">It lets a large part of the internet send calls to your agents.</Text>
            <Button size="xs" color="orange" onClick={() => add.mutate({ ...form.values, confirm: true })}>
              It is meant
            </Button>
          </Group>
        </Alert>
      ) : null}
    </form>
  );
}

/** Sources that were turned away for not being listed, each once, with the last try. */
function RecentlyRefused({ entries, mayChange }: { entries: AccessEntry[]; mayChange: boolean }) {
  const refusals = useQuery(recentRefusalsQuery);
  if (refusals.error !== null) return <Failed error={refusals.error} retry={() => void refusals.refetch()} />;
  const listed = new Set(entries.map(({ ip }) => ip));
  const sources = new Map<string, { at: string; from: string; to: string; count: number }>();
  for (const { source, code, at, from, to, suppressed } of refusals.data ?? []) {
    if (code !== "source_not_listed" || listed.has(source)) continue;
    const known = sources.get(source);
    if (known === undefined) sources.set(source, { at, from, to, count: 1 + suppressed });
    else known.count += 1 + suppressed;
  }
  if (sources.size === 0) return null;
  return (
    <Stack gap="xs">
      <Text fw={600} size="sm">
        Recently refused
      </Text>
      <Rows label="Recently refused sources">
        {[...sources].slice(0, 10).map(([source, { at, from, to, count }]) => (
          <Row key={source} end={mayChange ? <AllowSource source={source} /> : null}>
            <Text size="sm" fw={500}>
              {source}
            </Text>
            <Text size="xs" c="dimmed">
              {party(from)} → {party(to)}, {plural(count, "try", "tries")}, last <Time at={at} />
            </Text>
          </Row>
        ))}
      </Rows>
    </Stack>
  );
}
