import { Badge, Button, Group, Modal, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, ask } from "../api/client.ts";
import { providersQuery, queryClient } from "../api/queries.ts";
import type { Provider } from "../api/types.ts";
import { Confirmed } from "../components/confirm.tsx";
import { Failed, Loaded, PageHeader, Section } from "../components/page.tsx";
import { Row, Rows } from "../components/rows.tsx";
import { useMayChange } from "../components/session.tsx";
import { told, toldFailure } from "../components/told.ts";

const refresh = () => queryClient.invalidateQueries({ queryKey: providersQuery.queryKey });
const SERVICES: Record<Provider["services"][number], string> = {
  llm: "talks",
  stt: "listens",
  tts: "speaks",
  realtime: "speech to speech",
};

/** Who gives agents by models their ears, words and voice. */
export function Models() {
  const providers = useQuery(providersQuery);
  const mayChange = useMayChange();
  return (
    <>
      <PageHeader title="Models">
        One key is enough for an agent of mode pipeline or realtime. Keys are kept encrypted and never shown.
      </PageHeader>
      <Section title="Providers">
        <Loaded query={providers} what="providers">
          {(all) => (
            <Rows label="Providers">
              {all.map((provider) => (
                <ProviderRow key={provider.name} provider={provider} mayChange={mayChange} />
              ))}
            </Rows>
          )}
        </Loaded>
      </Section>
    </>
  );
}

function ProviderRow({ provider, mayChange }: { provider: Provider; mayChange: boolean }) {
  const { name, source, hasKey, baseUrl, services } = provider;
  const [isOpen, setOpen] = useState(false);
  const params = { path: { name } };
  const test = useMutation({
    mutationFn: () => ask(api.POST("/api/v2/providers/{name}/test", { params })),
    onError: toldFailure,
    onSuccess: ({ ok, message }) => (ok ? told(message) : toldFailure(message)),
  });
  const forget = async () => {
    const { message } = await ask(api.DELETE("/api/v2/providers/{name}", { params }));
    told(message);
    await refresh();
  };
  return (
    <Row
      end={
        mayChange ? (
          <Group gap="xs">
            {source === null ? null : (
              <Button size="xs" variant="default" loading={test.isPending} onClick={() => test.mutate()}>
                Test
                <span className="unseen"> {name}</span>
              </Button>
            )}
            <Button size="xs" variant={source === null ? "filled" : "default"} onClick={() => setOpen(true)}>
              {source === null ? "Set up" : "Change"}
              <span className="unseen"> {name}</span>
            </Button>
            {source === "organization" ? (
              <Confirmed
                title={`Forget ${name}?`}
                verb="Forget"
                act={forget}
                button={(open) => (
                  <Button size="xs" variant="default" c="red" onClick={open}>
                    Forget
                    <span className="unseen"> {name}</span>
                  </Button>
                )}
              >
                Its key and address are forgotten. Agents that use it go on with another one, or apologize.
              </Confirmed>
            ) : null}
          </Group>
        ) : null
      }
    >
      <Group gap="xs">
        <Text fw={600}>{name}</Text>
        {source === null ? (
          <Badge variant="light" color="gray">
            not set up
          </Badge>
        ) : (
          <Badge variant="light" color="teal">
            {source === "environment" ? "by the environment" : hasKey ? "has a key" : "without a key"}
          </Badge>
        )}
      </Group>
      <Text size="xs" c="dimmed">
        {services.map((service) => SERVICES[service]).join(", ")}
        {baseUrl === null ? "" : ` · ${baseUrl}`}
      </Text>
      {isOpen ? <Editor provider={provider} close={() => setOpen(false)} /> : null}
    </Row>
  );
}

function Editor({ provider, close }: { provider: Provider; close: () => void }) {
  const [key, setKey] = useState("");
  const [address, setAddress] = useState(provider.baseUrl ?? "");
  const save = useMutation({
    mutationFn: () =>
      ask(
        api.PUT("/api/v2/providers/{name}", {
          params: { path: { name: provider.name } },
          body: {
            // What is not typed stays as it is.
            ...(key === "" ? {} : { apiKey: key }),
            ...(address === (provider.baseUrl ?? "") ? {} : { baseUrl: address === "" ? null : address }),
          },
        }),
      ),
    onSuccess: async ({ message }) => {
      told(message);
      await refresh();
      close();
    },
  });
  return (
    <Modal opened onClose={close} title={provider.name} centered>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack>
          {save.error === null ? null : <Failed error={save.error} title="Not saved" />}
          <PasswordInput
            label="API key"
            description={provider.hasKey ? "Left empty it stays" : "As the provider gave it to you"}
            autoComplete="off"
            data-autofocus
            value={key}
            onChange={(event) => setKey(event.currentTarget.value)}
          />
          <TextInput
            label="Address"
            description="Left empty: the provider's own. With another one a key has to be set anew"
            placeholder="https://…"
            spellCheck={false}
            value={address}
            onChange={(event) => setAddress(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
