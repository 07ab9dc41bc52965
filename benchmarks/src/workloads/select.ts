// `--workload mlp matmul-512 kernels`: names, groups, and what a name begins with.

import { kernels } from './kernels.ts';
import { training } from './training.ts';
import type { Workload } from './workload.ts';

export const workloads: readonly Workload[] = [...training, ...kernels];

/**
 * The workloads that any of the words means, in the order of the table; no words mean all, with `gpu` those for GPUs. Throws for a word that
 * means none.
 */
export function selectWorkloads(words: readonly string[], { gpu = false } = {}): readonly Workload[] {
  const means = (word: string, { name, group, gpu: where }: Workload): boolean =>
    name === word || ((gpu || where !== 'only') && (group === word || name.startsWith(`${word}-`)));
  for (const word of words) {
    if (workloads.some((workload) => means(word, workload))) continue;
    const names = workloads.map(({ name }) => name).join(', ');
    throw new RangeError(`there is no workload "${word}". Use training, kernels, or some of: ${names}.`);
  }
  if (words.length === 0) return workloads.filter(({ gpu: where }) => (gpu ? where !== undefined : where !== 'only'));
  return workloads.filter((workload) => words.some((word) => means(word, workload)));
}
