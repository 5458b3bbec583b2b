// The command line: `ringdown [start | route-test | doctor | password-link | test | demo | version | help]`.
import { runCli } from "./cli/run-cli.ts";

await runCli(process.argv.slice(2));
