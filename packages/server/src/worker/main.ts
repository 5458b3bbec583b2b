// Entry of a call worker: a child process that carries media and conversations, and nothing else.
import { MediaEngine } from "@ringdown/media";
import { mediaCertificate } from "./media-certificate.ts";
import { preferMedia } from "./media-priority.ts";
import { Outbox } from "./outbox.ts";
import type { FromWorker, ToWorker, WorkerStats } from "./protocol.ts";
import { WorkerFunctions } from "./worker-functions.ts";
import { WorkerLegs } from "./worker-legs.ts";
import { workerLog } from "./worker-log.ts";

preferMedia();
const log = workerLog(process.stdout);

const outbox = new Outbox<FromWorker>((messages) => {
  if (process.connected) process.send?.(messages);
});
const send = (message: FromWorker): void => outbox.put(message);

let voice: Promise<typeof import("@ringdown/voice")> | undefined;

const functions = new WorkerFunctions(send);
const legs = new WorkerLegs({
  createEngine: (portRange) => new MediaEngine({ portRange, certificate: mediaCertificate() }),
  // Node looks a module up anew at each import: once is enough.
  loadVoice: () => {
    voice ??= import("@ringdown/voice");
    return voice;
  },
  emit: (legId, event) => send({ type: "leg", legId, event }),
  emitChat: (chatId, event) => send({ type: "chat", chatId, event }),
  runFunction: (agentId, talkId) => functions.of(agentId, talkId),
  log,
});

function stats(): WorkerStats {
  return { legs: legs.size, rssBytes: process.memoryUsage.rss(), tickLatenessP99Ms: legs.latenessP99Ms };
}

process.on("message", (messages: ToWorker[]) => {
  for (const message of messages) receive(message);
});

function receive(message: ToWorker): void {
  if (message.type === "ping") {
    send({ type: "pong", sequence: message.sequence, stats: stats() });
    return;
  }
  if (message.type === "functionResult") {
    functions.settle(message.runId, message);
    return;
  }
  const { requestId } = message;
  legs.carryOut(message).then(
    (value) => {
      send({ type: "result", requestId, value });
      if (message.type !== "shutdown") return;
      outbox.flush();
      // Its callback comes when the pipe has taken all that was sent before.
      process.send?.([], () => process.exit(0));
    },
    (error: unknown) => {
      const known = error instanceof Error && "code" in error && typeof error.code === "string";
      if (!known) log.error({ err: error, command: message.type }, "a command failed inside the worker");
      send({
        type: "failure",
        requestId,
        code: known ? String(error.code) : "worker_failed",
        message: error instanceof Error ? error.message : String(error),
      });
    },
  );
}

// The parent decides when a worker ends. A terminal's ^C and a supervisor's SIGTERM reach the whole group,
// and the parent needs its workers for the drain.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);

// The parent is gone, and with it the signalling: nobody can end these calls any more. Recordings are made whole first.
process.on("disconnect", () => {
  setTimeout(() => process.exit(1), 1_000).unref();
  legs.close().finally(() => process.exit(0));
});

// An error of one conversation must not end the others: it is logged with its stack and the worker goes on.
// What is truly broken stops answering the heartbeat, and is then replaced.
process.on("uncaughtException", (error) => log.error({ err: error }, "uncaught exception in a call worker"));
process.on("unhandledRejection", (error) =>
  log.error({ err: error }, "unhandled rejection in a call worker"),
);
