// Rushlight as a contender against itself: `server.ts <backend> <threads> <plain or dispose>`.

import { useBackend } from 'rushlight';
import { serve } from '../contenders/serve.ts';
import { openBackend } from '../rushlight/open-backend.ts';
import { prepareTraining } from '../rushlight/training.ts';
import { yielding } from '../rushlight/yielding.ts';
import { readArrays } from '../workloads/workload-file.ts';
import { stepOf } from './loop.ts';

const [backend = 'wasm', threads = '1', mode = 'plain'] = process.argv.slice(2);

const device = await useBackend(await openBackend(backend, Number(threads)));
await serve({
  versions: {},
  prepare: (workload) => {
    const job = prepareTraining(workload, readArrays(workload));
    if (!job) throw new RangeError(`${workload.name} trains nothing`);
    return { ...job, step: yielding(stepOf(job, mode === 'dispose'), device) };
  },
});
