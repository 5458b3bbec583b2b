import { Stack, Text } from "@mantine/core";
import { type Change, diffLines, diffWordsWithSpace } from "diff";
import { fieldName } from "../../lib/format.ts";

type Settings = { readonly [field: string]: unknown };

/** Longer texts than this are compared by lines: by words it would take too long. */
const MOST_WORDS = 20_000;

/** What differs, field by field, in words or in lines. */
export function Differences({ before, after }: { before: Settings; after: Settings }) {
  const names = Object.keys(after).filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
  if (names.length === 0)
    return (
      <Text size="sm" c="dimmed">
        Nothing differs.
      </Text>
    );
  return (
    <Stack gap="sm">
      {names.map((name) => (
        <div key={name}>
          <Text size="sm" fw={600}>
            {fieldName(name)}
          </Text>
          <div className="difference">
            {compare(before[name], after[name]).map(({ value, added, removed }, index) => {
              const Part = added ? "ins" : removed ? "del" : "span";
              // biome-ignore lint/suspicious/noArrayIndexKey: parts have no id, and stay in their order.
              return <Part key={index}>{value}</Part>;
            })}
          </div>
        </div>
      ))}
    </Stack>
  );
}

function compare(before: unknown, after: unknown): Change[] {
  const isText = typeof before === "string" && typeof after === "string";
  if (isText && before.length + after.length < MOST_WORDS) return diffWordsWithSpace(before, after);
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));
  return diffLines(text(before) ?? "", text(after) ?? "");
}
