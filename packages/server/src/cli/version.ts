import { createRequire } from "node:module";

const { version: written } = createRequire(import.meta.url)("../../package.json") as { version: string };

export const version: string = written;
