import { Badge, Button, Group, Select, SimpleGrid, Stack, Text } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { Send } from "lucide-react";
import { api, ask } from "../api/client.ts";
import { type DeliverySearch, deliveriesQuery, queryClient, webhooksQuery } from "../api/queries.ts";
import type { WebhookDelivery } from "../api/types.ts";
import { Empty, Loaded, Older, PageHeader, Section } from "../components/page.tsx";
import { Row, Rows } from "../components/rows.tsx";
import { useMayChange } from "../components/session.tsx";
import { Time } from "../components/time.tsx";
import { told, toldFailure } from "../components/told.ts";
import { plural } from "../lib/format.ts";

const route = getRouteApi("/inside/settings/webhooks");
const STATES: Record<WebhookDelivery["state"], { color: string; words: string }> = {
  pending: { color: "yellow", words: "to be sent" },
  delivered: { color: "teal", words: "delivered" },
  failed: { color: "red", words: "given up" },
};

/** What webhooks were sent, or are to be, and what the receivers said. */
export function Deliveries() {
  const search = route.useSearch();
  const deliveries = useInfiniteQuery(deliveriesQuery(search));
  const mayChange = useMayChange();
  const isFiltered = search.webhookId !== undefined || search.state !== undefined;
  return (
    <>
      <PageHeader title="Webhook deliveries">
        What was sent to{" "}
        <Link to="/settings/developer" hash="webhooks">
          webhooks
        </Link>
        , or is to be, newest first. Kept for 14 days.
      </PageHeader>
      <Section title={isFiltered ? "Found deliveries" : "All deliveries"}>
        <Stack>
          <Filters search={search} />
          <Loaded query={deliveries} what="deliveries">
            {({ pages }) => {
              const all = pages.flatMap((page) => page.deliveries);
              if (all.length === 0) {
                return (
                  <Empty icon={Send} title={isFiltered ? "No delivery is like that" : "Nothing was sent yet"}>
                    {isFiltered ? (
                      <Link to="/settings/webhooks" search={{}}>
                        Show all deliveries
                      </Link>
                    ) : (
                      "The next call is told to the webhooks that are there."
                    )}
                  </Empty>
                );
              }
              return (
                <>
                  <Rows label="Deliveries">
                    {all.map((delivery) => (
                      <Delivery key={delivery.id} delivery={delivery} mayChange={mayChange} />
                    ))}
                  </Rows>
                  <Older query={deliveries}>Older ones</Older>
                </>
              );
            }}
          </Loaded>
        </Stack>
      </Section>
    </>
  );
}

function Delivery({ delivery, mayChange }: { delivery: WebhookDelivery; mayChange: boolean }) {
  const { id, url, event, callId, state, attempts, createdAt, nextAttemptAt, lastError, lastStatus } =
    delivery;
  const again = useMutation({
    mutationFn: () => ask(api.POST("/api/v2/webhooks/deliveries/{id}/resend", { params: { path: { id } } })),
    onError: toldFailure,
    onSuccess: async ({ message }) => {
      told(message);
      await queryClient.invalidateQueries({ queryKey: ["webhookDeliveries"] });
    },
  });
  return (
    <Row
      end={
        mayChange && state !== "pending" ? (
          <Button size="xs" variant="default" loading={again.isPending} onClick={() => again.mutate()}>
            Send again<span className="unseen"> to {url}</span>
          </Button>
        ) : null
      }
    >
      <Group gap="xs">
        <Badge color={STATES[state].color} variant="light">
          {STATES[state].words}
        </Badge>
        <Text size="sm" fw={500} span style={{ overflowWrap: "anywhere" }}>
          {url}
        </Text>
      </Group>
      <Text size="xs" c="dimmed" component="div">
        {event},{" "}
        <Link to="/calls/$id" params={{ id: callId }}>
          the call
        </Link>{" "}
        · <Time at={createdAt} /> · {plural(attempts, "try", "tries")}
        {nextAttemptAt === null || attempts === 0 ? null : (
          <>
            , the next <Time at={nextAttemptAt} />
          </>
        )}
        {lastStatus !== null && lastError === null ? ` · answered ${lastStatus}` : ""}
      </Text>
      {lastError === null ? null : (
        <Text size="sm" mt={2}>
          {lastError}
        </Text>
      )}
    </Row>
  );
}

function Filters({ search }: { search: DeliverySearch }) {
  const navigate = useNavigate();
  const { data: webhooks = [] } = useQuery(webhooksQuery);
  const set = (patch: DeliverySearch) =>
    void navigate({ to: "/settings/webhooks", search: { ...search, ...patch }, replace: true });
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="xs">
      <Select
        label="Webhook"
        placeholder="all"
        clearable
        data={webhooks.map(({ id, label, url, type }) => ({
          value: id,
          label: `${label === "" ? url : label} (${type})`,
        }))}
        value={search.webhookId ?? null}
        onChange={(value) => set({ webhookId: value ?? undefined })}
      />
      <Select
        label="State"
        placeholder="any"
        clearable
        data={Object.entries(STATES).map(([value, { words }]) => ({ value, label: words }))}
        value={search.state ?? null}
        onChange={(value) => set({ state: (value ?? undefined) as DeliverySearch["state"] })}
      />
    </SimpleGrid>
  );
}
