import { Code, Stack, Text, TextInput } from "@mantine/core";
import { CircleCheck } from "lucide-react";
import { routeWords } from "../../lib/route-words.ts";

/** A route as it is typed: its parts in words, or the first character that is wrong. */
export function RouteField({
  value,
  onChange,
  label = "Route",
  error,
}: {
  value: string;
  onChange: (value: string) => void;
  label?: string;
  error?: string | undefined;
}) {
  const words = value === "" ? undefined : routeWords(value);
  return (
    <Stack gap={6}>
      <TextInput
        label={label}
        description="{host}[:{port}][;transport=udp|tcp|tls][;proxyAddress={host}[:{port}]]"
        placeholder="sip.example.com;transport=tcp"
        spellCheck={false}
        autoCapitalize="none"
        autoComplete="off"
        maxLength={600}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        aria-invalid={words?.ok === false}
        aria-describedby="route-words"
        error={error}
      />
      <div id="route-words" aria-live="polite">
        {words === undefined ? null : words.ok ? (
          <Text size="sm" c="dimmed" component="div">
            <CircleCheck size={14} color="var(--mantine-color-teal-6)" aria-hidden />{" "}
            {words.sentences.join(" ")}
          </Text>
        ) : (
          <Stack gap={2}>
            <Code style={{ alignSelf: "flex-start", overflowWrap: "anywhere" }}>
              {words.before}
              <mark className="wrong">{words.at === "" ? "␣" : words.at}</mark>
              {words.after}
            </Code>
            <Text size="sm" c="var(--mantine-color-error)">
              {words.reason}
            </Text>
          </Stack>
        )}
      </div>
    </Stack>
  );
}
