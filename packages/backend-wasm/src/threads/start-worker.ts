// How a worker is started: in Node from text; in a page from text too, which no bundler has to know about, and where a
// Content-Security-Policy forbids that from a file.

import { fileWorker } from '../file-worker.ts';
import { nodeModule } from './node-module.ts';
import { workerProgram, type WorkerStart } from './worker-program.ts';

interface WorkerEvents {
  onUp(): void;
  /** It could not be started, or is no more. */
  onEnd(why: string): void;
}

/** Starts a worker; gives what ends it. Throws, or calls `onEnd`, where that fails. */
export type StartWorker = (start: WorkerStart, events: WorkerEvents) => () => void;

/** How workers are started here, or why they cannot be. */
export async function workerStarter(): Promise<StartWorker | string> {
  const threads = await nodeModule<NodeThreads>('node:worker_threads');
  if (threads) return inNode(threads);
  if (typeof Worker === 'undefined') return 'there are no workers here';
  return inPage;
}

interface NodeWorker {
  on(event: 'message' | 'error' | 'exit', listener: (value: unknown) => void): void;
  unref(): void;
  terminate(): Promise<number>;
}

interface NodeThreads {
  readonly Worker: new (
    source: string,
    options: { eval: true; execArgv: string[]; env: object; workerData: WorkerStart },
  ) => NodeWorker;
}

function inNode({ Worker: Thread }: NodeThreads): StartWorker {
  const source = `
    const { parentPort, workerData } = (typeof require === 'function' ? require : process.getBuiltinModule)('node:worker_threads');
    (${workerProgram})(workerData, () => parentPort.postMessage(0));`;
  return (start, { onUp, onEnd }) => {
    // Without the arguments and NODE_OPTIONS, whose preloads are the user's program's.
    const worker = new Thread(source, { eval: true, execArgv: [], env: {}, workerData: start });
    worker.on('message', onUp);
    worker.on('error', (error) => onEnd(String(error)));
    worker.on('exit', (code) => onEnd(`it left with code ${code}`));
    worker.unref();
    return () => void worker.terminate();
  };
}

function textWorker(): Worker {
  const source = `onmessage = ({ data }) => (${workerProgram})(data, () => postMessage(0));`;
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  try {
    return new Worker(url);
  } finally {
    setTimeout(() => URL.revokeObjectURL(url), 10_000); // some engines load it later
  }
}

const inPage: StartWorker = (start, { onUp, onEnd }) => {
  let worker: Worker | undefined;
  let isEnded = false;
  const attempt = (make: () => Worker, otherwise: (why: string | undefined) => void): void => {
    let up = false;
    try {
      worker = make();
      worker.onmessage = () => {
        up = true;
        onUp();
      };
      worker.onerror = (event) => {
        event.preventDefault();
        worker?.terminate();
        if (up) onEnd(event.message);
        else if (!isEnded) otherwise(event.message);
      };
      worker.postMessage(start);
    } catch (error) {
      worker?.terminate();
      otherwise(String(error));
    }
  };
  attempt(textWorker, (why) =>
    attempt(fileWorker, (whyNot) => onEnd([refused, why, whyNot].filter(Boolean).join('; '))),
  );
  return () => {
    isEnded = true;
    worker?.terminate();
  };
};

const refused =
  'the page may not run workers from blob: (its Content-Security-Policy), and there is no worker.js beside the script. ' +
  'Make "@rushlight/backend-wasm/worker" an entry of the bundle named worker, or allow worker-src blob:';
