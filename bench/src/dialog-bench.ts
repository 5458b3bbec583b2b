// What a transaction costs while few and while many dialogs are open, and what an idle dialog keeps in memory.
import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import type { Cell, Report } from "./report.ts";
import { median } from "./statistics.ts";

const ROUNDS = 5;
const OPEN = [1_000, 10_000, 100_000];
const MOST_GROWTH = 1.2;
const MOST_BYTES = 4_096;

interface Row {
  open: number;
  bytesPerDialog: number;
  optionsMicroseconds: number;
  callMicroseconds: number;
}

function measure(open: number): Row {
  const program = resolve(import.meta.dirname, "peers/dialogs.ts");
  return JSON.parse(
    execFileSync(process.execPath, ["--expose-gc", program, String(open)], { encoding: "utf8" }),
  ) as Row;
}

export async function dialogBench(): Promise<Report> {
  const raw: Row[] = [];
  for (let round = 0; round < ROUNDS; round++) for (const open of OPEN) raw.push(measure(open));
  const of = (open: number, pick: (row: Row) => number): number =>
    median(raw.filter((row) => row.open === open).map(pick));
  const growth = (pick: (row: Row) => number): number => of(100_000, pick) / of(10_000, pick);
  const options = growth((row) => row.optionsMicroseconds);
  const call = growth((row) => row.callMicroseconds);
  const bytes = of(100_000, (row) => row.bytesPerDialog);
  const rows: Cell[][] = OPEN.map((open) => [
    open,
    of(open, (row) => row.optionsMicroseconds).toFixed(1),
    of(open, (row) => row.callMicroseconds).toFixed(1),
    Math.round(of(open, (row) => row.bytesPerDialog)),
  ]);
  return {
    name: "dialogs",
    title: "Transactions while many dialogs are open, and what an idle dialog keeps",
    method: [
      `bench/src/peers/dialogs.ts: one user agent on a virtual clock and network, so that sockets and waiting are not in the figures; a process of its own for each row, ${ROUNDS} rounds in turns, median.`,
      "Dialogs are opened by INVITE, 200, ACK with SDP and the headers of a desk phone at 1,000 a virtual second; then time passes until no transaction is left, and the heap is measured after garbage collection.",
      "OPTIONS go into open dialogs all over the table; whole calls (INVITE, ACK, BYE: two transactions) come and go beside them, both at 1,000 a virtual second after 40 such seconds, so that as many ended transactions linger as in daily use. Processor time of the process, garbage collection included, and the making of the requests too, which is the same in each row.",
    ],
    goals: [
      {
        goal: `from 10,000 to 100,000 open dialogs a transaction's cost grows by a fifth at most`,
        reached: Math.max(options, call) <= MOST_GROWTH,
        measured: `OPTIONS in a dialog ${options.toFixed(2)} times, a whole call ${call.toFixed(2)} times`,
      },
      {
        goal: `at most ${MOST_BYTES} bytes an idle dialog`,
        reached: bytes <= MOST_BYTES,
        measured: `${Math.round(bytes)} bytes`,
      },
    ],
    columns: ["dialogs open", "µs an OPTIONS in a dialog", "µs a whole call", "bytes an idle dialog"],
    rows,
    raw,
  };
}
