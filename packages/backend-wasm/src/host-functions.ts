// Functions of the host that kernels may call, one number at a time: what float64 has no vector code for.

import { binaryMeaning, castValue, unaryMeaning } from '@rushlight/core/kernel';

type HostFunction = (...args: number[]) => number;

export const hostFunctions: Readonly<Record<string, HostFunction>> = {
  ...unaryMeaning,
  ...(binaryMeaning as Readonly<Record<string, HostFunction>>),
  roundToFloat16: (x) => castValue(x ?? 0, 'float16'),
};
