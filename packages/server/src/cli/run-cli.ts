import { version } from "./version.ts";

const usage = `Usage: ringdown [command]

  start     answer calls until SIGTERM or ^C (the default)
  route-test ROUTE
            show what a call by an outbound route would do: DNS, targets, what each answers
  doctor [--json] [--providers]
            check listeners, ports, address, DNS, database, registrations and routes, a line each with what to do;
            --providers: instead ask each provider of models and voices for very little, by the keys that are set;
            exit code 0: all well, 1: warnings, 2: something is broken
  password-link [USER]
            print a one-time link that sets a user's password for the console (left out: owner)
  test FILE…
            play scenarios with an agent by text and check what it says and does (ringdown test --help)
  demo      start Ringdown on free ports, call it, and show what happened
  version   print the version
  help      print this

Settings come from the environment: RINGDOWN_DATA, RINGDOWN_SIP, RINGDOWN_HTTP, … (docs/design/configuration.md).
`;

/** Unknown commands and surplus arguments: exit code 2. */
const USAGE_ERROR = 2;

/** Runs one command. Commands are loaded when they are asked for, so that `help` needs nothing else to work. */
export async function runCli(given: readonly string[]): Promise<void> {
  const [command = "start", ...rest] = given;
  if (command === "test") return (await import("./test-command.ts")).testCommand(rest);
  const parameter = ["route-test", "password-link"].includes(command) ? rest.shift() : undefined;
  const option = (name: string): boolean => {
    const at = command === "doctor" ? rest.indexOf(name) : -1;
    return at >= 0 && rest.splice(at, 1).length > 0;
  };
  const json = option("--json");
  const providers = option("--providers");
  const surplus = rest[0];
  if (surplus !== undefined) return misused(`ringdown ${command} takes no argument: ${surplus}`);
  switch (command) {
    case "start":
      return (await import("./start-command.ts")).startCommand();
    case "demo":
      return (await import("./demo-command.ts")).demoCommand();
    case "route-test":
      if (parameter === undefined)
        return misused('ringdown route-test needs a route, such as "sip.example.com"');
      return (await import("./route-test-command.ts")).routeTestCommand(parameter);
    case "password-link":
      return (await import("./password-link-command.ts")).passwordLinkCommand(parameter);
    case "doctor":
      return (await import("./doctor-command.ts")).doctorCommand({ json, providers });
    case "version":
    case "--version":
    case "-v":
      process.stdout.write(`ringdown ${version}\n`);
      return;
    case "help":
    case "--help":
    case "-h":
      process.stdout.write(usage);
      return;
    default:
      return misused(`ringdown: there is no command ${command}`);
  }
}

function misused(what: string): void {
  process.stderr.write(`${what}\n\n${usage}`);
  process.exitCode = USAGE_ERROR;
}
