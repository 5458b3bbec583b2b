import { Anchor, Stack, Text } from "@mantine/core";
import { useLocation } from "@tanstack/react-router";
import { useEffect } from "react";
import { PageHeader, Section } from "../components/page.tsx";
import { AccessList } from "./developer/access-list.tsx";
import { AllowedDestinations } from "./developer/allowed-destinations.tsx";
import { OutboundRoutes } from "./developer/outbound-routes.tsx";
import { Secrets } from "./developer/secrets.tsx";
import { Tokens } from "./developer/tokens.tsx";
import { Webhooks } from "./developer/webhooks.tsx";

/** Who may send calls, where calls go out, and who may use the API. */
export function Developer() {
  const { hash } = useLocation();
  useEffect(() => {
    if (hash !== "") document.getElementById(hash)?.scrollIntoView();
  }, [hash]);
  return (
    <>
      <PageHeader title="Developer">
        How calls come in without a registration, how they go out, and the API.
      </PageHeader>
      <Stack gap="lg">
        <AccessList />
        <OutboundRoutes />
        <AllowedDestinations />
        <Webhooks />
        <Secrets />
        <Tokens />
        <Section title="API">
          <Text size="sm">
            All that this console does it does by the public API:{" "}
            <Anchor href="/api/v2/docs" target="_blank" rel="noreferrer">
              the reference
            </Anchor>{" "}
            ·{" "}
            <Anchor href="/api/v2/openapi.json" target="_blank" rel="noreferrer">
              OpenAPI 3.1
            </Anchor>
          </Text>
        </Section>
      </Stack>
    </>
  );
}
