// `ringdown password-link [USER]`: for a lost password, and for who missed the link of the first start.
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { readConfig } from "../config/read-config.ts";
import { findRunningNode } from "../doctor/running-node.ts";
import { AppError } from "../errors.ts";
import { FIRST_USER } from "../first-start.ts";
import { Secrets } from "../secrets/secrets.ts";
import { linkUrl, makeLink } from "../users/password-link.ts";
import { consoleBase } from "../welcome.ts";

/**
 * Who may read the key file, or RINGDOWN_KEY, may read all that the node keeps: so he may set a password too. Whether
 * there is such a user the node says when the link is used.
 */
export async function passwordLinkCommand(username: string = FIRST_USER): Promise<void> {
  let config: Config;
  let link: string;
  try {
    ({ config } = readConfig(process.env));
    const secrets = new Secrets({ path: join(config.dataDir, "secret.key"), key: config.key });
    link = makeLink(secrets, username, Date.now());
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    process.stderr.write(`ringdown: ${error.message}\n`);
    process.exitCode = 1;
    return;
  }
  const running = config.publicUrl === undefined ? await findRunningNode(config) : undefined;
  const base = running?.api ?? consoleBase(config, config.http);
  process.stdout.write(
    `${linkUrl(base, link)}\nOpen it in a browser: it sets the password of ${username}, once, within a day.\n`,
  );
}
