// Rushlight as a contender: `server.ts <backend> <threads>`.

import { useBackend } from 'rushlight';
import { serve } from '../contenders/serve.ts';
import { readArrays } from '../workloads/workload-file.ts';
import { openBackend } from './open-backend.ts';
import { prepareKernel } from './kernels.ts';
import { prepareTraining } from './training.ts';
import { yielding } from './yielding.ts';

const [backend = 'cpu', threads = '1'] = process.argv.slice(2);

const device = await useBackend(await openBackend(backend, Number(threads)));
await serve({
  versions: {},
  setup() {
    const { description = '' } = device.backend; // the device's own is from before the threads began
    if (backend === 'webgpu') return { description }; // its threads are nobody's to count
    return { threads: Number(/^(\d+) threads?,/.exec(description)?.[1] ?? 1), description };
  },
  prepare: (workload) => {
    const arrays = readArrays(workload);
    const job = prepareTraining(workload, arrays) ?? prepareKernel(workload, arrays);
    return { ...job, step: yielding(job.step, device) };
  },
});
