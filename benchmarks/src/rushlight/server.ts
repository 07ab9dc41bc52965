// Rushlight as a contender: `server.ts <backend> <threads>`.

import { useBackend } from 'rushlight';
import { serve } from '../contenders/serve.ts';
import { readArrays } from '../workloads/workload-file.ts';
import { openBackend } from './open-backend.ts';
import { prepareKernel } from './kernels.ts';
import { prepareTraining } from './training.ts';

const [backend = 'cpu', threads = '1'] = process.argv.slice(2);

await useBackend(await openBackend(backend, Number(threads)));
await serve({
  versions: {},
  prepare: (workload) => {
    const arrays = readArrays(workload);
    return prepareTraining(workload, arrays) ?? prepareKernel(workload, arrays);
  },
});
