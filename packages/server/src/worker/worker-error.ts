/** A command that a worker could not carry out. `code` is the worker's own (of media or voice), or one of these. */
export class WorkerError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "WorkerError";
    this.code = code;
  }
}

export const workerGone = (): WorkerError =>
  new WorkerError("worker_gone", "The call worker died before it could answer.");
export const noWorker = (): WorkerError =>
  new WorkerError("no_worker", "No call worker is running; a new one is being started.");
