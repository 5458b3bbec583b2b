import { PasswordInput, Progress, Stack } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";

export interface NewPassword {
  password: string;
  again: string;
}

export const emptyPassword: NewPassword = { password: "", again: "" };
const LEAST = 10;

/** The server judges the rest. */
export const newPasswordRules = {
  password: (value: string) => ([...value].length < LEAST ? `At least ${LEAST} characters` : null),
  again: (value: string, { password }: NewPassword) => (value === password ? null : "Not the same as above"),
};

export function NewPasswordFields<Values extends NewPassword>({ form }: { form: UseFormReturnType<Values> }) {
  const length = [...form.values.password].length;
  return (
    <>
      <Stack gap={6}>
        <PasswordInput
          label="New password"
          description={`${LEAST} characters or more; length counts more than strange signs.`}
          autoComplete="new-password"
          required
          {...form.getInputProps("password")}
        />
        <Progress
          value={Math.min(100, (length / 20) * 100)}
          size="xs"
          color={length < LEAST ? "red" : length < 14 ? "yellow" : "teal"}
          aria-label="Length of the password"
        />
      </Stack>
      <PasswordInput
        label="The same again"
        autoComplete="new-password"
        required
        {...form.getInputProps("again")}
      />
    </>
  );
}
