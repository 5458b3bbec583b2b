import { NumberInput } from "@mantine/core";
import type { Agent } from "../../api/types.ts";
import type { AgentForm } from "./editor.tsx";

type NumberField = {
  [Name in keyof Agent]: Agent[Name] extends number | null ? Name : never;
}[keyof Agent];

/** A number of an agent, with its unit. */
export function Amount({
  form,
  name,
  label,
  unit,
  about,
  min = 0,
  none,
}: {
  form: AgentForm;
  name: NumberField;
  label: string;
  unit?: string;
  about?: string;
  min?: number;
  /** Said where nothing is typed; without it there has to be a number. */
  none?: string;
}) {
  const value = form.values[name];
  return (
    <NumberInput
      label={label}
      description={about}
      min={min}
      allowDecimal
      suffix={unit === undefined ? "" : ` ${unit}`}
      placeholder={none}
      value={value ?? ""}
      onChange={(typed) => {
        if (typeof typed === "number") form.setFieldValue(name, typed);
        else if (none !== undefined && typed === "") form.setFieldValue(name, null);
      }}
      error={form.errors[name]}
    />
  );
}
