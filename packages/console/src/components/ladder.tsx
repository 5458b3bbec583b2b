import { Badge, Button, Group, Menu, Text, UnstyledButton } from "@mantine/core";
import { ChevronDown, Download } from "lucide-react";
import { useId, useMemo, useState } from "react";
import type { CapturedMessage } from "../api/types.ts";
import { type Arrow, ladderOf } from "../lib/ladder.ts";
import { sdpWords } from "../lib/sdp-words.ts";

const FORMATS = [
  { format: "pcap", label: "pcap, for Wireshark", ending: "pcap" },
  { format: "text", label: "Text", ending: "txt" },
  { format: "json", label: "JSON", ending: "json" },
] as const;

/** Rows at first: a call with hundreds of messages is not drawn whole before somebody asks. */
const AT_FIRST = 100;

/** Captured messages as files. @param address what answers them, with a query @param name of the files, without an ending */
export function ExportCaptures({ address, name }: { address: string; name: string }) {
  return (
    <Menu>
      <Menu.Target>
        <Button size="xs" variant="default" leftSection={<Download size={14} />}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {FORMATS.map(({ format, label, ending }) => (
          <Menu.Item
            key={format}
            component="a"
            href={`${address}&format=${format}`}
            download={`${name}.${ending}`}
          >
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** SIP messages between hosts; each in full where it is asked for. @param byClock with the time of day, not since the first */
export function LadderView({
  messages,
  byClock = false,
}: {
  messages: CapturedMessage[];
  byClock?: boolean;
}) {
  const { hosts, arrows } = useMemo(() => ladderOf(messages), [messages]);
  const [shown, setShown] = useState(AT_FIRST);
  const columns = { gridTemplateColumns: `4.5rem repeat(${hosts.length}, minmax(0, 1fr))` };
  return (
    <div className="ladder">
      <div className="ladder-row ladder-head" style={columns} aria-hidden>
        <span />
        {hosts.map((host) => (
          <Text key={host} size="xs" fw={600} ta="center" style={{ overflowWrap: "anywhere" }}>
            {host}
          </Text>
        ))}
      </div>
      <ol aria-label="SIP messages">
        {arrows.slice(0, shown).map((arrow, index) => (
          // Messages have no id, and stay in their order.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above.
          <Step key={index} arrow={arrow} hosts={hosts} columns={columns} byClock={byClock} />
        ))}
      </ol>
      {arrows.length > shown ? (
        <Button size="xs" variant="default" onClick={() => setShown(arrows.length)}>
          Show all {arrows.length}
        </Button>
      ) : null}
    </div>
  );
}

function Step({
  arrow: { message, from, to, label, kind, after, isRepeated },
  hosts,
  columns,
  byClock,
}: {
  arrow: Arrow;
  hosts: string[];
  columns: { gridTemplateColumns: string };
  byClock: boolean;
}) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const words = sdpWords(message.message);
  const left = Math.min(from, to);
  const right = Math.max(from, to);
  // From the middle of one column to that of the other.
  const half = 50 / (right - left + 1);
  return (
    <li>
      <UnstyledButton
        className="ladder-row ladder-step"
        style={columns}
        onClick={() => setOpen(!isOpen)}
        aria-expanded={isOpen}
        aria-controls={id}
        title={new Date(message.at).toLocaleString()}
      >
        <Text size="xs" c="dimmed" component="span" ff="monospace">
          {byClock ? new Date(message.at).toLocaleTimeString(undefined, { hour12: false }) : seconds(after)}
        </Text>
        <span className="unseen">
          {hosts[from]} to {hosts[to]}:
        </span>
        <span className="ladder-span" style={{ gridColumn: `${left + 2} / ${right + 3}` }}>
          <span className="ladder-label">
            <Text size="sm" fw={600} component="span">
              {label}
            </Text>
            {isRepeated ? (
              <Badge size="xs" ml={6} variant="light" color="orange" component="span">
                again
              </Badge>
            ) : null}
            {words === undefined ? null : (
              <Text size="xs" c="dimmed" component="span" display="block">
                {words}
              </Text>
            )}
          </span>
          <span
            className={`ladder-arrow ${kind} ${to > from ? "right" : "left"}`}
            style={{ left: `${half}%`, right: `${half}%` }}
            aria-hidden
          />
        </span>
        <ChevronDown size={14} className="ladder-open" aria-hidden data-open={isOpen} />
      </UnstyledButton>
      {isOpen ? (
        <div id={id} className="ladder-message">
          <Group gap="xs" mb={4}>
            <Text size="xs" c="dimmed">
              {new Date(message.at).toISOString()} · {message.transport.toUpperCase()} · {message.source} →{" "}
              {message.destination}
            </Text>
          </Group>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys. */}
          <section tabIndex={0} aria-label={`${label}, in full`}>
            <pre>{message.message}</pre>
          </section>
        </div>
      ) : null}
    </li>
  );
}

/** `+1.204 s`. @param ms 0 or more */
function seconds(ms: number): string {
  return `+${(ms / 1000).toFixed(3)}`;
}
