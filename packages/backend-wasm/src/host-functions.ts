// Functions of the host that kernels may call, one number at a time: what float64 has no vector code for.

import { binaryMeaning, unaryMeaning } from '@rushlight/core/kernel';

export const hostFunctions: Readonly<Record<string, (...args: number[]) => number>> = {
  ...unaryMeaning,
  ...binaryMeaning,
} as Readonly<Record<string, (...args: number[]) => number>>;
