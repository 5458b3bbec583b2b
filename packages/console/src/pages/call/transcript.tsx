import { Badge, Stack, Text, UnstyledButton } from "@mantine/core";
import { MessagesSquare } from "lucide-react";
import type { Call } from "../../api/types.ts";
import { Empty } from "../../components/page.tsx";
import { duration } from "../../lib/format.ts";
import { momentOf, turnWords } from "../../lib/turn-words.ts";

const speakers = { agent: "Agent", user: "Caller", person: "Put through to" } as const;

/** Each by itself, to be clicked at. */
function Words({ content }: { content: string }) {
  return turnWords(content).map(({ text, share }) => (
    <span key={share} data-share={share}>
      {text}
    </span>
  ));
}

/** What was said, turn by turn; a click plays it, from about the word that was clicked at. */
export function Transcript({ call, hear }: { call: Call; hear: ((at: string) => void) | undefined }) {
  if (call.callDialog.length === 0) {
    return (
      <Empty icon={MessagesSquare} title="Nothing was said">
        {call.state === "ended"
          ? "The call has no transcript."
          : "What is said shows up here as it is spoken."}
      </Empty>
    );
  }
  const start = Date.parse(call.answeredAt ?? call.startedAt);
  return (
    <Stack gap="xs" role="log" aria-label="Transcript">
      {call.callDialog.map((turn, index) => {
        const isAgent = turn.role === "agent";
        const said = (
          <>
            <Text size="xs" c="dimmed" component="span" display="block">
              {speakers[turn.role]} · {duration(Math.max(0, Date.parse(turn.startedAt) - start) / 1000)}
            </Text>
            <Text size="sm" component="span" style={{ overflowWrap: "anywhere" }}>
              {hear === undefined ? turn.content : <Words content={turn.content} />}
            </Text>
            {turn.interrupted === true ? (
              <Badge size="xs" ml="xs" variant="light" color="orange">
                interrupted
              </Badge>
            ) : null}
          </>
        );
        const look = { className: `turn ${isAgent ? "agent" : "caller"}` };
        // Turns have no id, and stay in their order.
        const key = index;
        return hear === undefined ? (
          <div key={key} {...look}>
            {said}
          </div>
        ) : (
          <UnstyledButton
            key={key}
            {...look}
            onClick={({ target }) => {
              const share = target instanceof HTMLElement ? Number(target.dataset.share ?? 0) : 0;
              hear(momentOf(turn, share));
            }}
            title="Hear it"
          >
            {said}
          </UnstyledButton>
        );
      })}
    </Stack>
  );
}
