import { ActionIcon, Badge, Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { ArrowDown, ArrowUp, Pencil, Plus, Route, Trash2 } from "lucide-react";
import { useState } from "react";
import { api, ask } from "../../api/client.ts";
import { queryClient, routesQuery } from "../../api/queries.ts";
import type { OutboundRoute } from "../../api/types.ts";
import { Confirmed } from "../../components/confirm.tsx";
import { Empty, Loaded, Section } from "../../components/page.tsx";
import { Row, Rows } from "../../components/rows.tsx";
import { useMayChange } from "../../components/session.tsx";
import { told, toldFailure } from "../../components/told.ts";
import { RouteEditor } from "./route-editor.tsx";
import { RouteTest } from "./route-test.tsx";

export const refreshRoutes = () => queryClient.invalidateQueries({ queryKey: routesQuery.queryKey });

/** Where calls go out, in the order in which it is tried. */
export function OutboundRoutes() {
  const routes = useQuery(routesQuery);
  const mayChange = useMayChange();
  const [edited, setEdited] = useState<OutboundRoute | "new" | undefined>();
  return (
    <Section
      id="outbound-routes"
      title="SIP outbound routes"
      about="Where calls to numbers go. The first is tried first; the next follows where it cannot be reached. Without a route calls go by the agent's registration."
      actions={
        mayChange ? (
          <Button size="xs" leftSection={<Plus size={14} />} onClick={() => setEdited("new")}>
            Add a route
          </Button>
        ) : null
      }
    >
      <Loaded query={routes} what="outbound routes">
        {(all) =>
          all.length === 0 ? (
            <Empty icon={Route} title="No route yet">
              Add the address of your trunk, such as sip.example.com, and test it here before the first call.
            </Empty>
          ) : (
            <Rows label="Outbound routes">
              {all.map((route, place) => (
                <RouteRow
                  key={route.id}
                  route={route}
                  place={place}
                  isLast={place === all.length - 1}
                  mayChange={mayChange}
                  edit={() => setEdited(route)}
                />
              ))}
            </Rows>
          )
        }
      </Loaded>
      {edited === undefined ? null : (
        <RouteEditor
          key={edited === "new" ? "new" : edited.id}
          route={edited === "new" ? undefined : edited}
          close={() => setEdited(undefined)}
        />
      )}
    </Section>
  );
}

function RouteRow({
  route,
  place,
  isLast,
  mayChange,
  edit,
}: {
  route: OutboundRoute;
  place: number;
  isLast: boolean;
  mayChange: boolean;
  edit: () => void;
}) {
  const path = { id: route.id };
  const move = useMutation({
    mutationFn: (position: number) =>
      ask(api.PATCH("/api/v2/sip/outboundRoutes/{id}", { params: { path }, body: { position } })),
    onError: toldFailure,
    onSettled: refreshRoutes,
  });
  const remove = async () => {
    await ask(api.DELETE("/api/v2/sip/outboundRoutes/{id}", { params: { path } }));
    told(`${route.route} is removed.`);
    await refreshRoutes();
  };
  return (
    <Row
      end={
        mayChange ? (
          <Group gap="xs" justify="flex-end">
            <RouteTest route={route.route} />
            <ActionIcon variant="subtle" color="gray" onClick={edit} aria-label={`Change ${route.route}`}>
              <Pencil size={16} />
            </ActionIcon>
            <Confirmed
              title={`Remove ${route.route}?`}
              verb="Remove"
              act={remove}
              button={(open) => (
                <ActionIcon variant="subtle" color="red" onClick={open} aria-label={`Remove ${route.route}`}>
                  <Trash2 size={16} />
                </ActionIcon>
              )}
            >
              New calls no longer go by it; its password is forgotten. Calls that run go on.
            </Confirmed>
          </Group>
        ) : null
      }
    >
      <Group gap="sm" wrap="nowrap">
        <Group gap={2} wrap="nowrap">
          <Text size="sm" c="dimmed" w={20}>
            {place + 1}.
          </Text>
          {mayChange ? (
            <Stack gap={0}>
              <ActionIcon
                size="xs"
                variant="subtle"
                color="gray"
                disabled={place === 0 || move.isPending}
                onClick={() => move.mutate(place - 1)}
                aria-label={`Try ${route.route} earlier`}
              >
                <ArrowUp size={14} />
              </ActionIcon>
              <ActionIcon
                size="xs"
                variant="subtle"
                color="gray"
                disabled={isLast || move.isPending}
                onClick={() => move.mutate(place + 1)}
                aria-label={`Try ${route.route} later`}
              >
                <ArrowDown size={14} />
              </ActionIcon>
            </Stack>
          ) : null}
        </Group>
        <div className="row-main">
          <Text fw={500} style={{ overflowWrap: "anywhere" }}>
            {route.route}
          </Text>
          <Group gap="xs">
            {route.username === null ? null : (
              <Badge variant="light" color="gray" tt="none">
                as {route.username}
                {route.hasPassword ? "" : ", without a password"}
              </Badge>
            )}
            {route.callerId === null ? null : (
              <Badge variant="light" color="gray" tt="none">
                shows {route.callerId}
              </Badge>
            )}
          </Group>
        </div>
      </Group>
    </Row>
  );
}
