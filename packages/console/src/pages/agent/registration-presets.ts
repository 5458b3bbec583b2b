export interface Preset {
  value: string;
  label: string;
  /** What is to be looked up there, and where. */
  hint: string;
  transport: "udp" | "tcp" | "tls";
  /** Fields that this PBX needs beside domain, username and password. */
  needs: readonly ("authUsername" | "proxy")[];
}

/** As docs/connect describes them. */
export const PRESETS: readonly Preset[] = [
  {
    value: "any",
    label: "Any PBX",
    hint: "Domain, user and password as a desk phone of that extension has them.",
    transport: "udp",
    needs: [],
  },
  {
    value: "freepbx",
    label: "FreePBX, Asterisk (PJSIP)",
    hint: "User is the extension, the password its Secret. If PJSIP listens elsewhere than on 5060, give the proxy as host:port.",
    transport: "udp",
    needs: [],
  },
  {
    value: "3cx",
    label: "3CX",
    hint: "3CX has an Authentication ID besides the extension's number: see IP Phone of the user, provisioned by hand.",
    transport: "tcp",
    needs: ["authUsername"],
  },
  {
    value: "kamailio",
    label: "Kamailio, OpenSIPS",
    hint: "The domain is the realm that is asked for; the proxy is where it listens, if DNS does not say so.",
    transport: "tcp",
    needs: ["proxy"],
  },
  {
    value: "hosted",
    label: "A hosted PBX",
    hint: "The domain is the account's own, the proxy the provider's host: both are on the page of the device.",
    transport: "udp",
    needs: ["proxy"],
  },
];
