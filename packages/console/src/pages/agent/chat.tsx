import { Badge, Button, Group, ScrollArea, Stack, Text, Textarea } from "@mantine/core";
import { MessageSquareText, RotateCcw, SendHorizontal, Square } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { type ChatEvent, chatTurn } from "../../api/chat.ts";
import type { Agent, ChatMessage } from "../../api/types.ts";
import { Empty, Failed, Section } from "../../components/page.tsx";

type Entry =
  | { role: "user" | "agent"; content: string }
  | {
      role: "function";
      id: string;
      name: string;
      arguments: string;
      output?: string;
      failed?: boolean;
      wouldHave?: string;
    };

/** What an entry is to the API; a function that has no result yet says nothing. */
function messageOf(entry: Entry): ChatMessage[] {
  if (entry.role !== "function")
    return entry.content === "" ? [] : [{ role: entry.role, content: entry.content }];
  const { name, arguments: given, output } = entry;
  return output === undefined ? [] : [{ role: "function", name, arguments: given, output }];
}

/** The entries after one more event. */
function after(entries: Entry[], event: ChatEvent): Entry[] {
  const last = entries.at(-1);
  switch (event.type) {
    case "text":
      return last?.role === "agent"
        ? [...entries.slice(0, -1), { role: "agent", content: last.content + event.text }]
        : [...entries, { role: "agent", content: event.text }];
    case "function":
      return [...entries, { role: "function", id: event.id, name: event.name, arguments: event.arguments }];
    case "functionResult":
      return entries.map((entry) =>
        entry.role === "function" && entry.id === event.id && entry.output === undefined
          ? {
              ...entry,
              output: event.output,
              failed: event.failed,
              ...(event.wouldHave !== undefined && { wouldHave: event.wouldHave }),
            }
          : entry,
      );
    case "end":
      return entries;
  }
}

/** The agent's prompts and functions tried without a phone. Nothing of it is kept. */
export function Chat({ agent, draft }: { agent: Agent; draft: boolean }) {
  const [entries, setEntries] = useState<Entry[]>([]);
  const [text, setText] = useState("");
  const [isRunning, setRunning] = useState(false);
  const [outcome, setOutcome] = useState<"open" | "transferred" | "ended">("open");
  const [error, setError] = useState<unknown>(null);
  const turn = useRef<AbortController>(undefined);
  /** What the last turn began with: a try again leaves out what came before it broke off. */
  const begun = useRef<Entry[]>([]);
  const end = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLTextAreaElement>(null);

  useEffect(() => {
    input.current?.focus();
    return () => turn.current?.abort();
  }, []);
  useEffect(() => {
    if (entries.length > 0) end.current?.scrollIntoView({ block: "nearest" });
  }, [entries]);

  const run = async (before: Entry[]) => {
    turn.current?.abort();
    const mine = new AbortController();
    turn.current = mine;
    begun.current = before;
    setEntries(before);
    setError(null);
    setRunning(true);
    try {
      for await (const event of chatTurn(agent.id, before.flatMap(messageOf), draft, mine.signal)) {
        if (mine.signal.aborted) break;
        setEntries((now) => after(now, event));
        if (event.type === "end") setOutcome(event.outcome);
      }
    } catch (failure) {
      if (!mine.signal.aborted) setError(failure);
    }
    if (turn.current !== mine) return;
    setRunning(false);
    input.current?.focus();
  };
  /** Who speaks while the agent does interrupts him, as on the phone. */
  const send = () => {
    const content = text.trim();
    if (content === "" || outcome !== "open") return;
    setText("");
    void run([...entries, { role: "user", content }]);
  };
  const stop = () => {
    turn.current?.abort();
    setRunning(false);
  };
  const startOver = () => {
    stop();
    setEntries([]);
    setOutcome("open");
    setError(null);
    input.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };

  return (
    <Section
      title="Chat by text"
      about={
        draft
          ? "With the instructions, models and functions of the draft. Nothing is dialled, and nothing is kept."
          : "With the instructions, models and functions of calls, as they were saved last. Nothing is dialled, and nothing is kept."
      }
      actions={
        entries.length === 0 ? null : (
          <Button size="xs" variant="default" leftSection={<RotateCcw size={14} />} onClick={startOver}>
            Start over
          </Button>
        )
      }
    >
      <Stack>
        <ScrollArea.Autosize
          mah="26rem"
          type="auto"
          viewportProps={{ tabIndex: 0, "aria-label": "What was said" }}
        >
          <Stack gap="xs" role="log" aria-label="Chat" aria-busy={isRunning}>
            {entries.length === 0 && !isRunning ? (
              <Empty
                icon={MessageSquareText}
                title="Say something"
                action={
                  <Button variant="default" size="xs" onClick={() => void run([])}>
                    Let it greet first
                  </Button>
                }
              >
                {agent.username} answers as it would on the phone.
              </Empty>
            ) : null}
            {entries.map((entry, index) => (
              // Entries have no id of their own, and stay in their order.
              // biome-ignore lint/suspicious/noArrayIndexKey: see above.
              <Said key={index} entry={entry} />
            ))}
            {isRunning ? (
              <Text size="sm" c="dimmed">
                {agent.username} answers …
              </Text>
            ) : null}
            {outcome === "open" ? null : (
              <Text size="sm" c="dimmed">
                {outcome === "ended"
                  ? "The agent would have hung up here."
                  : "The caller would be put through here."}
              </Text>
            )}
            <div ref={end} />
          </Stack>
        </ScrollArea.Autosize>
        {error === null ? null : <Failed error={error} retry={() => void run(begun.current)} />}
        <form
          onSubmit={(event) => {
            event.preventDefault();
            send();
          }}
        >
          <Group align="flex-end" gap="xs" wrap="nowrap">
            <Textarea
              ref={input}
              label="You say"
              placeholder="When are you open?"
              autosize
              minRows={1}
              maxRows={5}
              maxLength={20_000}
              disabled={outcome !== "open"}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
              onKeyDown={onKeyDown}
              style={{ flex: 1 }}
            />
            {isRunning && text.trim() === "" ? (
              <Button variant="default" onClick={stop} leftSection={<Square size={14} />}>
                Stop
              </Button>
            ) : (
              <Button
                type="submit"
                leftSection={<SendHorizontal size={14} />}
                disabled={outcome !== "open" || text.trim() === ""}
              >
                Send
              </Button>
            )}
          </Group>
        </form>
      </Stack>
    </Section>
  );
}

function Said({ entry }: { entry: Entry }) {
  if (entry.role !== "function") {
    const isAgent = entry.role === "agent";
    return (
      <div className={`turn ${isAgent ? "agent" : "caller"}`}>
        <Text size="xs" c="dimmed">
          {isAgent ? "Agent" : "You"}
        </Text>
        <Text size="sm" style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>
          {entry.content}
        </Text>
      </div>
    );
  }
  const { name, arguments: given, output, failed, wouldHave } = entry;
  return (
    <div className="turn function">
      <Group gap="xs">
        <Text size="sm" fw={600}>
          {name}
        </Text>
        {failed === true ? (
          <Badge size="xs" color="red" variant="light">
            failed
          </Badge>
        ) : null}
      </Group>
      {given === "" || given === "{}" ? null : (
        <Text size="xs" ff="monospace" style={{ overflowWrap: "anywhere" }}>
          {given}
        </Text>
      )}
      <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
        {wouldHave ?? output ?? "runs …"}
      </Text>
    </div>
  );
}
