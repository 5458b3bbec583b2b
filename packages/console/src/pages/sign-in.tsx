import { Button, Code, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { api, ask } from "../api/client.ts";
import { queryClient, sessionQuery } from "../api/queries.ts";
import { Entrance } from "../components/entrance.tsx";
import { Failed } from "../components/page.tsx";

const route = getRouteApi("/sign-in");

export function SignIn() {
  const { to = "/" } = route.useSearch();
  const router = useRouter();
  const form = useForm({ initialValues: { username: "", password: "" } });
  const signIn = useMutation({
    mutationFn: (body: { username: string; password: string }) => ask(api.POST("/api/v2/session", { body })),
    onSuccess: (session) => {
      // What another saw here before is not his.
      queryClient.clear();
      queryClient.setQueryData(sessionQuery.queryKey, session);
      router.history.push(to);
    },
  });
  return (
    <Entrance title="Sign in" about="As whom you were given access; the first user is called owner.">
      <form onSubmit={form.onSubmit((values) => signIn.mutate(values))}>
        <Stack>
          {signIn.error === null ? null : <Failed title="Not signed in" error={signIn.error} />}
          <TextInput
            label="User"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            required
            autoFocus
            {...form.getInputProps("username")}
          />
          <PasswordInput
            label="Password"
            autoComplete="current-password"
            required
            {...form.getInputProps("password")}
          />
          <Button type="submit" loading={signIn.isPending} fullWidth>
            Sign in
          </Button>
          <Text size="xs" c="dimmed">
            Lost, or never set? On the machine that Ringdown runs on, <Code>npx ringdown password-link</Code>{" "}
            prints a link that sets it.
          </Text>
        </Stack>
      </form>
    </Entrance>
  );
}
