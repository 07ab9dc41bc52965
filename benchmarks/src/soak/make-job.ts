import { cpu } from '@rushlight/backend-cpu';
import { useBackend } from 'rushlight';
import type { Job } from '../contenders/serve.ts';
import { prepareTraining, type Arrays } from '../rushlight/training.ts';
import { ArrayMaker } from '../workloads/array-maker.ts';
import { training } from '../workloads/training.ts';
import type { Workload } from '../workloads/workload.ts';

/** The training that a name means, `mlp` or in full `mlp-adam`. Throws RangeError where there is none. */
export function findTraining(name: string): Workload {
  const found = training.find((workload) => workload.name === name || workload.name.startsWith(`${name}-`));
  if (found) return found;
  throw new RangeError(`there is no training "${name}". Use ${training.map((workload) => workload.name).join(', ')}.`);
}

/** What a training needs. It is made on a device that can be read at once, whichever is in use afterwards. */
export async function makeArrays(name: string): Promise<Arrays> {
  const device = await useBackend(cpu());
  const maker = new ArrayMaker(1);
  findTraining(name).arrays(maker);
  device.dispose();
  return new Map(
    maker.arrays.map(({ name: key, shape, values, isParameter }) => [key, { shape: [...shape], values, isParameter }]),
  );
}

/** A training made ready on the default device. Needs no files, so that a page can do it too. */
export function makeJob(name: string, loaded: Arrays): Job {
  const { kind, optimizer, settings = {}, dropout = false } = findTraining(name);
  const file = { name, kind, settings, dropout, path: '', arrays: [], ...(optimizer ? { optimizer } : {}) };
  const job = prepareTraining(file, loaded);
  if (!job) throw new RangeError(`${name} trains nothing`);
  return job;
}
