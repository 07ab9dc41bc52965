// The workloads by name and unit alone, so that the page draws its table without loading what runs them.

import type { Unit } from './workloads.ts';

export const workloadList = [
  { name: 'matmul 256', unit: 'GFLOP/s' },
  { name: 'matmul 512', unit: 'GFLOP/s' },
  { name: 'matmul 1024', unit: 'GFLOP/s' },
  { name: 'conv 3×3', unit: 'GFLOP/s' },
  { name: 'softmax', unit: 'GB/s' },
  { name: 'layer norm', unit: 'GB/s' },
  { name: 'train MLP', unit: 'steps/s' },
  { name: 'train CNN', unit: 'steps/s' },
] as const satisfies readonly { readonly name: string; readonly unit: Unit }[];

export type WorkloadName = (typeof workloadList)[number]['name'];
