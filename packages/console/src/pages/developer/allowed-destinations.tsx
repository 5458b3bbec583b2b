import { Button, Fieldset, Group, Stack, Switch, TagsInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery } from "@tanstack/react-query";
import { api, ask } from "../../api/client.ts";
import { allowedDestinationsQuery, queryClient } from "../../api/queries.ts";
import type { AllowedDestinations as Settings } from "../../api/types.ts";
import { Failed, Loaded, Section } from "../../components/page.tsx";
import { useMayChange } from "../../components/session.tsx";
import { told } from "../../components/told.ts";

/** What agents may call: a trunk charges for all of it. */
export function AllowedDestinations() {
  const settings = useQuery(allowedDestinationsQuery);
  return (
    <Section
      id="allowed-destinations"
      title="Allowed destinations"
      about="What may be called by the API and by agents. A closer entry of the two lists goes before a wider one."
    >
      <Loaded query={settings} what="allowed destinations">
        {(present) => <SettingsForm present={present} />}
      </Loaded>
    </Section>
  );
}

const SPLIT = [",", " ", ";"];

function SettingsForm({ present }: { present: Settings }) {
  const mayChange = useMayChange();
  const form = useForm<Settings>({ initialValues: present });
  const save = useMutation({
    mutationFn: (body: Settings) => ask(api.PUT("/api/v2/sip/allowedDestinations", { body })),
    onSuccess: ({ allowedDestinations, message }) => {
      queryClient.setQueryData(allowedDestinationsQuery.queryKey, allowedDestinations);
      form.setValues(allowedDestinations);
      form.resetDirty(allowedDestinations);
      told(message);
    },
  });
  const { countries } = form.values;
  return (
    <form onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <Fieldset variant="unstyled" disabled={!mayChange}>
        <Stack>
          {save.error === null ? null : <Failed error={save.error} title="Not saved" />}
          <Switch
            label="Numbers in all countries"
            checked={countries === null}
            onChange={({ currentTarget }) =>
              form.setFieldValue("countries", currentTarget.checked ? null : [])
            }
          />
          {countries === null ? null : (
            <TagsInput
              label="Countries"
              description="ISO codes (US) or calling codes (+44); press Enter after each"
              splitChars={SPLIT}
              value={countries}
              onChange={(value) => form.setFieldValue("countries", value)}
            />
          )}
          <Switch label="Premium-rate numbers" {...form.getInputProps("premiumRate", { type: "checkbox" })} />
          <Switch
            label="Satellite and other global networks"
            {...form.getInputProps("satellite", { type: "checkbox" })}
          />
          <Switch label="Emergency numbers" {...form.getInputProps("emergency", { type: "checkbox" })} />
          <TagsInput
            label="Allowed in spite of that"
            description="+19005550100, or what it begins with: +1900*"
            splitChars={SPLIT}
            {...form.getInputProps("allowed")}
          />
          <TagsInput label="Blocked in spite of that" splitChars={SPLIT} {...form.getInputProps("blocked")} />
          <TagsInput
            label="Hosts of sip: addresses"
            description="Where sip:user@host may lead; none: such calls are refused"
            splitChars={SPLIT}
            {...form.getInputProps("sipHosts")}
          />
          {mayChange ? (
            <Group>
              <Button type="submit" loading={save.isPending} disabled={!form.isDirty()}>
                Save
              </Button>
            </Group>
          ) : null}
        </Stack>
      </Fieldset>
    </form>
  );
}
