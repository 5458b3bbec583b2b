import { Button, Group, Modal, PasswordInput, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, ask } from "../../api/client.ts";
import type { OutboundRoute } from "../../api/types.ts";
import { Failed } from "../../components/page.tsx";
import { told } from "../../components/told.ts";
import { routeWords } from "../../lib/route-words.ts";
import { refreshRoutes } from "./outbound-routes.tsx";
import { RouteField } from "./route-field.tsx";
import { RouteTest } from "./route-test.tsx";

/** A new route, or one to be changed. */
export function RouteEditor({ route, close }: { route: OutboundRoute | undefined; close: () => void }) {
  const [text, setText] = useState(route?.route ?? "");
  const [username, setUsername] = useState(route?.username ?? "");
  const [password, setPassword] = useState("");
  const [callerId, setCallerId] = useState(route?.callerId ?? "");
  const [isTesting, setTesting] = useState(false);
  const isRoute = routeWords(text).ok;
  const save = useMutation({
    mutationFn: async () => {
      const body = {
        route: text,
        username: username === "" ? null : username,
        callerId: callerId === "" ? null : callerId,
        // What is not typed stays as it is.
        ...(password === "" ? {} : { password }),
      };
      if (route === undefined) return await ask(api.POST("/api/v2/sip/outboundRoutes", { body }));
      const params = { path: { id: route.id } };
      return await ask(api.PATCH("/api/v2/sip/outboundRoutes/{id}", { params, body }));
    },
    onSuccess: async ({ message }) => {
      told(message);
      await refreshRoutes();
      close();
    },
  });
  return (
    <Modal
      opened
      onClose={close}
      // Escape closes what is on top alone.
      closeOnEscape={!isTesting}
      trapFocus={!isTesting}
      title={route === undefined ? "Add a route" : "Change the route"}
      size="lg"
      centered
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isRoute) save.mutate();
        }}
      >
        <Stack>
          {save.error === null ? null : <Failed error={save.error} title="Not saved" />}
          <RouteField value={text} onChange={setText} />
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <TextInput
              label="User name"
              description="Where the far side asks for one"
              autoComplete="off"
              value={username}
              onChange={(event) => setUsername(event.currentTarget.value)}
            />
            <PasswordInput
              label="Password"
              description={
                route?.hasPassword === true ? "Left empty it stays" : "Kept encrypted, never shown"
              }
              autoComplete="new-password"
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
          </SimpleGrid>
          <TextInput
            label="Caller ID"
            description="The number that is shown, in place of the agent's own"
            placeholder="+15125550100"
            value={callerId}
            onChange={(event) => setCallerId(event.currentTarget.value)}
          />
          <Group justify="space-between">
            <RouteTest route={text} disabled={!isRoute} onToggle={setTesting} />
            <Group>
              <Button variant="default" onClick={close}>
                Cancel
              </Button>
              <Button type="submit" loading={save.isPending} disabled={!isRoute}>
                {route === undefined ? "Add" : "Save"}
              </Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
