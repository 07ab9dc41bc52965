// Reading what the scripts under `fixtures/` wrote: tensors, arguments and numbers of PyTorch as data.

import { readFileSync } from 'node:fs';
import '@rushlight/core/methods';
import { slice, tensor, type DType, type Tensor } from '@rushlight/core';

/** A number as JSON can say it. */
export type Num = number | boolean | string;

export interface EncodedTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: readonly Num[];
  /** How its memory is made non-contiguous. */
  readonly layout?: 'transpose' | 'slice' | 'expand';
  /** Present when it requires grad: its gradient, null where none arrives. */
  readonly grad?: readonly Num[] | null;
  readonly gradGrad?: readonly Num[] | null;
  /** On an output: the gradient that flows into it. */
  readonly upstream?: readonly Num[];
}

export type Encoded =
  | null
  | number
  | boolean
  | string
  | EncodedTensor
  | { readonly slice: readonly (number | null)[] }
  | readonly Encoded[]
  | { readonly [key: string]: Encoded };

/** Parses a fixture file; `folder` is relative to `packages/`. */
export function readFixture<T>(folder: string, name: string): T {
  return JSON.parse(readFileSync(new URL(`../../${folder}/${name}.json`, import.meta.url), 'utf8')) as T;
}

export function isEncodedTensor(value: unknown): value is EncodedTensor {
  return typeof value === 'object' && value !== null && 'data' in value && 'shape' in value;
}

const special: Readonly<Record<string, number>> = { NaN: NaN, Infinity: Infinity, '-Infinity': -Infinity };

export function num(value: Num): number {
  return typeof value === 'string' ? (special[value] ?? Number.NaN) : Number(value);
}

/** A flat list of a fixture's numbers as a tensor. */
export function make(dtype: DType, shape: readonly number[], data: readonly Num[], requiresGrad = false): Tensor {
  return tensor(data.map(num), { dtype, shape: [...shape], requiresGrad });
}

/** `data` of `shape` with its last two dims swapped. */
function swapped(shape: readonly number[], data: readonly Num[]): Num[] {
  const [rows = 1, columns = 1] = shape.slice(-2);
  return data.map((_, i) => {
    const [matrix, k] = [Math.floor(i / (rows * columns)), i % (rows * columns)];
    return data[matrix * rows * columns + (k % rows) * columns + Math.floor(k / rows)] ?? Number.NaN;
  });
}

/** The tensor a fixture describes, in the memory layout that it asks for, a leaf. */
export function decodeTensor({ dtype, shape, data, layout, grad }: EncodedTensor): Tensor {
  const requiresGrad = grad !== undefined;
  if (!layout) return make(dtype, shape, data, requiresGrad);
  const view = { transpose, slice: everySecond, expand }[layout](dtype, shape, data).detach();
  return requiresGrad ? view.requiresGrad_() : view;
}

function transpose(dtype: DType, shape: readonly number[], data: readonly Num[]): Tensor {
  return make(dtype, [...shape.slice(0, -2), ...shape.slice(-2).reverse()], swapped(shape, data)).transpose(-1, -2);
}

function everySecond(dtype: DType, shape: readonly number[], data: readonly Num[]): Tensor {
  const wide = [...shape.slice(0, -1), 2 * (shape.at(-1) ?? 0)];
  return make(
    dtype,
    wide,
    data.flatMap((v) => [v, 1]),
  ).index(['...', slice(0, wide.at(-1), 2)]);
}

function expand(dtype: DType, shape: readonly number[], data: readonly Num[]): Tensor {
  return make(dtype, [1, ...shape.slice(1)], data.slice(0, data.length / (shape[0] ?? 1))).expand([...shape]);
}

/** A decoded argument, and on the way every tensor that requires grad with what PyTorch says of it. */
export function decode(value: Encoded, leaves: [Tensor, EncodedTensor][] = []): unknown {
  if (isEncodedTensor(value)) {
    const x = decodeTensor(value);
    if (value.grad !== undefined) leaves.push([x, value]);
    return x;
  }
  if (Array.isArray(value)) return (value as readonly Encoded[]).map((part) => decode(part, leaves));
  if (typeof value === 'string') return special[value] ?? value;
  if (typeof value !== 'object' || value === null) return value;
  if ('slice' in value) return decodeSlice(value.slice as readonly (number | null)[]);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, decode(part, leaves)]));
}

export function decodeSlice([start, stop, step]: readonly (number | null)[]): unknown {
  return slice(start ?? undefined, stop ?? undefined, step ?? undefined);
}
