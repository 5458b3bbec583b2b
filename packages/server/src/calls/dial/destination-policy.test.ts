import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AppError } from "../../errors.ts";
import type { Agent, DestinationSettings } from "../../store/records.ts";
import { parseDestination } from "./destination.ts";
import { judgeDestination } from "./destination-policy.ts";
import { readDestinationSettings } from "./destination-settings.ts";

const scope = {
  organizationId: "org_1",
  agents: {
    find: (user: string) =>
      user === "sales" ? ({ id: "agt_1", organizationId: "org_1", username: "sales" } as Agent) : undefined,
  },
};

/** undefined: it may be dialled. */
function refusal(text: string, settings: Partial<DestinationSettings> = {}): AppError | undefined {
  try {
    judgeDestination(parseDestination(text, scope), readDestinationSettings(settings));
    return undefined;
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    return error;
  }
}

function assertAllowed(texts: readonly string[], settings?: Partial<DestinationSettings>): void {
  for (const text of texts) assert.equal(refusal(text, settings)?.message, undefined, text);
}

function assertRefused(
  texts: readonly string[],
  sentence: RegExp,
  settings?: Partial<DestinationSettings>,
): void {
  for (const text of texts) {
    const error = refusal(text, settings);
    assert.match(error?.message ?? "was allowed", sentence, text);
    assert.match(error?.message ?? "", /PUT \/api\/v2\/sip\/allowedDestinations|E\.164/, text);
  }
}

describe("by default", () => {
  test("ordinary numbers, extensions and agents may be dialled, new ranges and fictional numbers too", () => {
    assertAllowed([
      "+15125550100",
      "+442079460000",
      "+4930123456",
      "+15551234567",
      "+15550100",
      "+8801712345678",
    ]);
    assertAllowed(["+18005550100", "+80012345678", "+2905555", "ext:1002", "pbx:*98", "ext:9999", "sales"]);
  });

  test("premium-rate numbers may not, whatever digits are put behind them", () => {
    const premium = [
      "+19005550100",
      "+449091234567",
      "+12125559760".replace("5559760", "9765550"),
      "+97912345678",
    ];
    assertRefused(premium, /is a premium-rate number.*premiumRate: true/);
    assertRefused(["+1900555010099", "+449091234567999", "+190055501"], /premium-rate/);
    assertAllowed(premium, { premiumRate: true });
    assertAllowed(["+19005550100"], { allowed: ["+19005550100"] });
    assertAllowed(["+19005550100"], { allowed: ["+1900555*"] });
    assertRefused(["+19005550101"], /premium-rate/, { allowed: ["+19005550100"] });
  });

  test("satellite and other global networks may not", () => {
    const satellite = ["+870123456789", "+881612345678", "+8821612345678", "+883510012345"];
    assertRefused(satellite, /satellite or other global network.*satellite: true/);
    assertAllowed(satellite, { satellite: true });
    assertAllowed(["+881612345678"], { allowed: ["+881*"] });
  });

  test("emergency numbers may not, in whatever way they are typed", () => {
    const emergency = [
      "+1911",
      "+44999",
      "+49112",
      "+440999",
      "+420112",
      "+33 17".replace(" ", ""),
      "+61000",
      "+112",
    ];
    assertRefused(emergency, /is an emergency number.*emergency: true/);
    assertRefused(["+19115550100", "+449991234567890"], /emergency/);
    assertRefused(["ext:911", "pbx:112", "ext:999", "ext:9911", "ext:0112"], /emergency number/);
    assertAllowed([...emergency, "ext:911"], { emergency: true });
    assertAllowed(["+1911", "ext:911"], { allowed: ["+1911", "pbx:911"] });
    // Whoever allows what begins so has not meant these.
    assertRefused(["+1911"], /emergency/, { allowed: ["+19*"] });
    assertRefused(["ext:911"], /emergency/, { allowed: ["ext:9*"] });
  });

  test("what is no number of any country may not", () => {
    assertRefused(["+99912345678", "+2101234567"], /no country has/);
    assertAllowed(["+99912345678"], { allowed: ["+999*"] });
    assert.equal(refusal("+1512")?.code, "destination_invalid");
    assert.equal(refusal("+44456")?.code, "destination_invalid");
  });

  test("SIP URIs may not", () => {
    assertRefused(["sip:bob@pbx.example"], /leads to pbx.example.*sipHosts/);
    assertAllowed(["sip:bob@PBX.example:5070", "sip:bob@[2001:db8:0::1]"], {
      sipHosts: ["pbx.example", "2001:db8::1"],
    });
    assertRefused(["sip:bob@evil.pbx.example", "sip:bob@pbx.example.evil"], /sipHosts/, {
      sipHosts: ["pbx.example"],
    });
  });
});

describe("settings", () => {
  test("name countries by either code; what is shared is told apart", () => {
    const countries = ["us", "+44"];
    assertAllowed(["+15125550100", "+442079460000", "+447781123456"], { countries });
    assertRefused(["+14165550100"], /a number of CA.*"CA" or "\+1"/, { countries });
    assertRefused(["+4930123456"], /a number of DE/, { countries });
    // Fits no area of North America's: nobody can say that it is of the US.
    assertRefused(["+15551234567"], /one country of those with \+1: list \+1/, { countries });
    assertAllowed(["+15551234567", "+14165550100"], { countries: ["+1"] });
    assertAllowed(["+4930123456", "ext:1002", "sales"], { countries, allowed: ["+4930*"] });
    assertRefused(["+15125550100"], /not among the allowed countries/, { countries: [] });
    assertAllowed(["+80012345678"], { countries: ["+800"] });
    assertRefused(["+80012345678"], /list \+800/, { countries });
  });

  test("block, and the closest entry counts", () => {
    assertRefused(["+18095550100"], /blocked by the entry \+1809\*/, { blocked: ["+1809*"] });
    assertAllowed(["+18095550100"], { blocked: ["+1809*"], allowed: ["+18095550100"] });
    assertRefused(["+18095550100"], /blocked/, { blocked: ["+18095550100"], allowed: ["+1809*"] });
    assertRefused(["+18095550100"], /blocked/, { blocked: ["+1809*"], allowed: ["+1809*"] });
    assertRefused(["ext:9002", "pbx:9002"], /blocked by the entry ext:9\*/, { blocked: ["pbx:9*"] });
    assertRefused(["+1911"], /blocked/, { emergency: true, blocked: ["+1911"] });
  });

  test("count for a number in a SIP URI too", () => {
    const sipHosts = ["gateway.example"];
    assertRefused(["sip:+19005550100@gateway.example"], /premium-rate/, { sipHosts });
    assertRefused(["sip:%2B19005550100@gateway.example"], /premium-rate/, { sipHosts });
    assertRefused(["sip:+1-900-555-0100;x=y@gateway.example"], /premium-rate/, { sipHosts });
    assertRefused(["sip:911@gateway.example"], /emergency/, { sipHosts });
    assertAllowed(["sip:+15125550100@gateway.example", "sip:1002@gateway.example"], { sipHosts });
  });
});
