import {
  Button,
  Checkbox,
  Fieldset,
  Group,
  NumberInput,
  PasswordInput,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, ask } from "../../api/client.ts";
import { queryClient, registrationQuery } from "../../api/queries.ts";
import type { Agent, Registration, RegistrationBody } from "../../api/types.ts";
import { Failed, Section } from "../../components/page.tsx";
import { useMayChange } from "../../components/session.tsx";
import { told } from "../../components/told.ts";
import { refreshRegistrations } from "./registration.tsx";
import { PRESETS } from "./registration-presets.ts";

interface Values {
  sipRealm: string;
  username: string;
  authUsername: string;
  password: string;
  proxy: string;
  port: number | "";
  transport: "udp" | "tcp" | "tls";
  subscribe: boolean;
}

function valuesOf(registration: Registration | null): Values {
  return {
    sipRealm: registration?.sipRealm ?? "",
    username: registration?.username ?? "",
    authUsername: registration?.authUsername ?? "",
    password: "",
    proxy: registration?.proxy ?? "",
    port: registration?.port ?? "",
    transport: registration?.transport ?? "udp",
    subscribe: registration?.subscribe ?? false,
  };
}

const orNull = (text: string) => (text.trim() === "" ? null : text.trim());

/** The extension's account: the fields of the guide, and what known PBXs want in them. */
export function RegistrationForm({
  agent,
  registration,
}: {
  agent: Agent;
  registration: Registration | null;
}) {
  const mayChange = useMayChange();
  const [presetName, setPreset] = useState("any");
  const preset = PRESETS.find(({ value }) => value === presetName);
  const form = useForm<Values>({ initialValues: valuesOf(registration) });
  const save = useMutation({
    mutationFn: (values: Values) => {
      const body: RegistrationBody = {
        username: values.username.trim(),
        sipRealm: values.sipRealm.trim(),
        authUsername: orNull(values.authUsername),
        proxy: orNull(values.proxy),
        port: values.port === "" ? null : values.port,
        transport: values.transport,
        subscribe: values.subscribe,
        // What is not typed stays as it is.
        ...(values.password === "" ? {} : { password: values.password }),
      };
      return ask(
        api.POST("/api/v2/sip/registration", { params: { query: { targetAccountId: agent.id } }, body }),
      );
    },
    onSuccess: async ({ registration: now }) => {
      queryClient.setQueryData(registrationQuery(agent.id).queryKey, now);
      form.setValues(valuesOf(now));
      form.resetDirty(valuesOf(now));
      told("Saved: it registers now.");
      await refreshRegistrations();
    },
  });
  const needs = (name: "authUsername" | "proxy") => preset?.needs.includes(name) === true;
  return (
    <Section
      title={registration === null ? "Register at a PBX" : "Account"}
      about="The agent registers like a desk phone: its calls need no entry in the access list, and extensions may call it."
    >
      <form onSubmit={form.onSubmit((values) => save.mutate(values))}>
        <Fieldset variant="unstyled" disabled={!mayChange}>
          <Stack>
            {save.error === null ? null : <Failed error={save.error} title="Not saved" />}
            {registration === null ? (
              <Select
                label="PBX"
                allowDeselect={false}
                data={PRESETS.map(({ value, label }) => ({ value, label }))}
                value={presetName}
                description={preset?.hint}
                onChange={(value) => {
                  const chosen = PRESETS.find((one) => one.value === value);
                  if (chosen === undefined) return;
                  setPreset(chosen.value);
                  form.setFieldValue("transport", chosen.transport);
                }}
              />
            ) : null}
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
              <TextInput
                label="SIP domain"
                description="The PBX's name, as its extensions have it"
                placeholder="pbx.example.com"
                required
                spellCheck={false}
                {...form.getInputProps("sipRealm")}
              />
              <TextInput
                label="Username"
                description="Usually the extension"
                placeholder="1001"
                required
                autoComplete="off"
                spellCheck={false}
                {...form.getInputProps("username")}
              />
              <PasswordInput
                label="Password"
                description={
                  registration?.hasPassword === true ? "Left empty it stays" : "Kept encrypted, never shown"
                }
                autoComplete="new-password"
                {...form.getInputProps("password")}
              />
              <TextInput
                label="Name for authentication"
                description="Where the PBX has another one than the username"
                required={needs("authUsername")}
                autoComplete="off"
                spellCheck={false}
                {...form.getInputProps("authUsername")}
              />
              <TextInput
                label="Proxy"
                description="host or host:port where to send, in place of the domain"
                required={needs("proxy")}
                spellCheck={false}
                {...form.getInputProps("proxy")}
              />
              <Group grow align="flex-start">
                <NumberInput
                  label="Port"
                  description="Left empty: DNS, or 5060"
                  min={1}
                  max={65535}
                  allowDecimal={false}
                  hideControls
                  {...form.getInputProps("port")}
                />
                <Select
                  label="Transport"
                  description="UDP is the usual one"
                  allowDeselect={false}
                  data={[
                    { value: "udp", label: "UDP" },
                    { value: "tcp", label: "TCP" },
                    { value: "tls", label: "TLS" },
                  ]}
                  {...form.getInputProps("transport")}
                />
              </Group>
            </SimpleGrid>
            <Checkbox
              label="Subscribe to presence"
              description="What the PBX tells of voicemail and of the extension's calls"
              {...form.getInputProps("subscribe", { type: "checkbox" })}
            />
            {mayChange ? (
              <Group>
                <Button
                  type="submit"
                  loading={save.isPending}
                  disabled={registration !== null && !form.isDirty()}
                >
                  {registration === null ? "Register" : "Save and register"}
                </Button>
                {registration !== null && form.isDirty() ? <Text size="sm">Not saved yet</Text> : null}
              </Group>
            ) : null}
          </Stack>
        </Fieldset>
      </form>
    </Section>
  );
}
