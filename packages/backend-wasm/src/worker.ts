// The program of a worker as a file of its own.

import { workerProgram, type WorkerStart } from './threads/worker-program.ts';

addEventListener('message', ({ data }: MessageEvent<WorkerStart>) => workerProgram(data, () => postMessage(0)), {
  once: true,
});
