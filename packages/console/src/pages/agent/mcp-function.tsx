import { Button, Checkbox, Group, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Plug } from "lucide-react";
import { api, ask } from "../../api/client.ts";
import { Failed } from "../../components/page.tsx";
import { LongestWait, RequestHeaders, type RequestProps } from "./http-function.tsx";

/** The tools of a server that speaks the Model Context Protocol: which of them the agent has. */
export function McpFields({ value, put, text }: RequestProps) {
  const url = text("url");
  const chosen = value.tools as string[] | undefined;
  const offer = useMutation({
    mutationFn: () => {
      const { headers, timeout } = value as { headers?: Record<string, string>; timeout?: number };
      const body = { url, ...(headers && { headers }), ...(timeout !== undefined && { timeout }) };
      return ask(api.POST("/api/v2/mcp/tools", { body }));
    },
  });
  const usable = (offer.data?.tools ?? []).filter(({ fault }) => fault === undefined).map(({ name }) => name);
  const choose = (name: string, on: boolean) => {
    const next = (chosen ?? usable).filter((one) => one !== name);
    if (on) next.push(name);
    const isAll = usable.length > 0 && usable.every((one) => next.includes(one));
    put("tools", isAll ? undefined : next);
  };
  return (
    <>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <TextInput
          label="Address"
          required
          description="Of its Streamable HTTP"
          placeholder="https://shop.example.com/mcp"
          spellCheck={false}
          value={url}
          onChange={({ currentTarget }) => put("url", currentTarget.value)}
        />
        <LongestWait value={value} put={put} />
      </SimpleGrid>
      <RequestHeaders value={value} put={put} />
      <Group>
        <Button
          size="xs"
          variant="default"
          leftSection={<Plug size={14} />}
          loading={offer.isPending}
          disabled={url === ""}
          onClick={() => offer.mutate()}
        >
          Ask what it offers
        </Button>
        <Text size="xs" c="dimmed">
          {chosen === undefined
            ? "The agent has all that it offers."
            : `The agent has: ${chosen.join(", ") || "none"}.`}
        </Text>
      </Group>
      {offer.error !== null ? <Failed error={offer.error} retry={() => offer.mutate()} /> : null}
      {offer.data === undefined ? null : (
        <Stack gap="xs" role="group" aria-label={`Tools of ${offer.data.server}`}>
          {offer.data.tools.map(({ name, description, fault }) => (
            <Checkbox
              key={name}
              label={name}
              description={fault === undefined ? description : `Cannot be used: ${fault}.`}
              disabled={fault !== undefined}
              checked={fault === undefined && (chosen?.includes(name) ?? true)}
              onChange={({ currentTarget }) => choose(name, currentTarget.checked)}
            />
          ))}
        </Stack>
      )}
    </>
  );
}
