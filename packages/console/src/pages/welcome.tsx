import { Button, Code, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { api, ask } from "../api/client.ts";
import { queryClient, sessionQuery } from "../api/queries.ts";
import { Entrance } from "../components/entrance.tsx";
import { emptyPassword, NewPasswordFields, newPasswordRules } from "../components/new-password.tsx";
import { Failed, Loading } from "../components/page.tsx";

/** Where a one-time link leads: it sets a password, and one is signed in. */
export function Welcome() {
  const [link] = useState(() => window.location.hash.slice(1));
  const router = useRouter();
  const whose = useQuery({
    queryKey: ["link"],
    enabled: link !== "",
    retry: false,
    gcTime: 0,
    queryFn: () => ask(api.POST("/api/v2/session/link", { body: { link } })),
  });
  const form = useForm({ initialValues: emptyPassword, validate: newPasswordRules });
  const set = useMutation({
    mutationFn: (password: string) => ask(api.PUT("/api/v2/session/password", { body: { link, password } })),
    onSuccess: (session) => {
      // What another saw here before is not his.
      queryClient.clear();
      queryClient.setQueryData(sessionQuery.queryKey, session);
      router.history.replace("/");
    },
  });
  if (whose.data === undefined) {
    if (link !== "" && whose.error === null) return <Loading what="the link" />;
    return (
      <Entrance title="The link is not good" about="A link sets a password once, within a day.">
        <Stack>
          {whose.error === null ? null : <Failed title="Refused" error={whose.error} />}
          <Text size="sm">
            On the machine that Ringdown runs on, <Code>npx ringdown password-link</Code> prints a new one.
          </Text>
          <Button variant="default" renderRoot={(props) => <Link to="/sign-in" {...props} />}>
            Sign in
          </Button>
        </Stack>
      </Entrance>
    );
  }
  return (
    <Entrance title="Choose a password" about="With it you sign in to this console.">
      <form onSubmit={form.onSubmit(({ password }) => set.mutate(password))}>
        <Stack>
          {set.error === null ? null : <Failed title="Not set" error={set.error} />}
          <TextInput label="User" value={whose.data.username} readOnly autoComplete="username" />
          <NewPasswordFields form={form} />
          <Button type="submit" loading={set.isPending} fullWidth>
            Set the password and sign in
          </Button>
        </Stack>
      </form>
    </Entrance>
  );
}
