import { Button, Group, PasswordInput, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { api, ask } from "../api/client.ts";
import { emptyPassword, NewPasswordFields, newPasswordRules } from "./new-password.tsx";
import { Failed, Section } from "./page.tsx";
import { useUser } from "./session.tsx";
import { told } from "./told.ts";

/** One's own password; a viewer may do that too. */
export function ChangePassword() {
  const { username } = useUser();
  const form = useForm({ initialValues: { present: "", ...emptyPassword }, validate: newPasswordRules });
  const change = useMutation({
    mutationFn: ({ present, password }: { present: string; password: string }) =>
      ask(api.PUT("/api/v2/session/password", { body: { present, password } })),
    onSuccess: () => {
      form.reset();
      told("The password is changed; you are signed out everywhere else.");
    },
  });
  return (
    <Section title="Your password" about="A new one signs you out everywhere but here.">
      <form onSubmit={form.onSubmit((values) => change.mutate(values))}>
        <Stack maw={400}>
          {change.error === null ? null : <Failed title="Not changed" error={change.error} />}
          <input type="text" autoComplete="username" value={username} readOnly hidden />
          <PasswordInput
            label="Present password"
            autoComplete="current-password"
            required
            {...form.getInputProps("present")}
          />
          <NewPasswordFields form={form} />
          <Group>
            <Button type="submit" loading={change.isPending}>
              Change it
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}
