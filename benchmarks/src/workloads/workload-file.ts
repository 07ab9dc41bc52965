// A workload on disk, where contenders in any language find it: what to build, and one file of little-endian numbers.

import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ArrayMaker, type Values } from './array-maker.ts';
import type { Kind, OptimizerSpec, Workload } from './workload.ts';

interface ArrayEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
  /** Where it begins, in bytes. */
  readonly offset: number;
  readonly isParameter: boolean;
}

/** What a contender is sent to prepare. */
export interface WorkloadFile {
  readonly name: string;
  readonly kind: Kind;
  readonly optimizer?: OptimizerSpec;
  readonly settings: Readonly<Record<string, number>>;
  readonly dropout: boolean;
  readonly path: string;
  readonly arrays: readonly ArrayEntry[];
}

const seed = 1;

export function writeWorkload(workload: Workload, folder: string): WorkloadFile {
  const maker = new ArrayMaker(seed);
  workload.arrays(maker);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${workload.name}.bin`);
  const file = openSync(path, 'w');
  let offset = 0;
  const arrays = maker.arrays.map(({ name, shape, values, isParameter }): ArrayEntry => {
    const dtype = values instanceof Int32Array ? 'int32' : 'float32';
    const entry = { name, shape, dtype, offset, isParameter } as const;
    writeSync(file, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    offset += values.byteLength;
    return entry;
  });
  closeSync(file);
  const { name, kind, optimizer, settings = {} } = workload;
  return { name, kind, ...(optimizer ? { optimizer } : {}), settings, dropout: false, path, arrays };
}

export interface LoadedArray {
  readonly shape: number[];
  readonly values: Values;
  readonly isParameter: boolean;
}

/** The arrays of a workload by name. */
export function readArrays({ path, arrays }: WorkloadFile): Map<string, LoadedArray> {
  const { buffer, byteOffset } = readFileSync(path);
  return new Map(
    arrays.map(({ name, shape, dtype, offset, isParameter }) => {
      const size = shape.reduce((product, length) => product * length, 1);
      const TypedArray = dtype === 'int32' ? Int32Array : Float32Array;
      const bytes = buffer.slice(byteOffset + offset, byteOffset + offset + 4 * size);
      return [name, { shape: [...shape], values: new TypedArray(bytes), isParameter }];
    }),
  );
}
