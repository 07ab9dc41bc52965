// Comparing with PyTorch. The scripts refuse a float32 case whose own error (against PyTorch in float64) passes half of the tolerance, so
// what is left of it belongs to the implementation under test.

import { isRushlightError, isTensor, type DType, type Tensor } from '@rushlight/core';
import { isEncodedTensor, num, type Encoded, type EncodedTensor, type Num } from './fixture.ts';

/** |actual − expected| ≤ absolute + relative · |expected|. */
export interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
}

export const exact: Tolerance = { absolute: 0, relative: 0 };

export const tolerances: Readonly<Record<DType, Tolerance>> = {
  float32: { absolute: 1e-6, relative: 1e-5 },
  float64: { absolute: 1e-12, relative: 1e-10 },
  float16: { absolute: 0, relative: 2 ** -10 },
  int32: exact,
  uint8: exact,
  bool: exact,
};

/** What does not agree, position by position; empty when all does. */
export function differences(
  actual: readonly number[],
  expected: readonly Num[],
  tolerance: Tolerance,
  signedZero = false,
): string[] {
  if (actual.length !== expected.length) return [`${actual.length} elements instead of ${expected.length}`];
  return actual.flatMap((a, i) => {
    const e = num(expected[i] ?? Number.NaN);
    const same = signedZero ? Object.is(a, e) : a === e || (Number.isNaN(a) && Number.isNaN(e));
    if (same || (a !== e && Math.abs(a - e) <= tolerance.absolute + tolerance.relative * Math.abs(e))) return [];
    return [`[${i}] ${show(a)} instead of ${show(e)}`];
  });
}

function show(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function flatten(nested: unknown): number[] {
  return Array.isArray(nested) ? nested.flatMap(flatten) : [Number(nested)];
}

/** A tensor's elements in row-major order, bools as 0 and 1. */
export async function elements(x: Tensor): Promise<number[]> {
  return flatten(await x.toArray());
}

export async function tensorDifferences(
  x: unknown,
  expected: EncodedTensor,
  { tolerance = tolerances[expected.dtype], signedZero = false }: { tolerance?: Tolerance; signedZero?: boolean } = {},
): Promise<string[]> {
  if (typeof x !== 'object' || x === null || !('shape' in x)) return [`${String(x)} instead of a tensor`];
  const t = x as Tensor;
  const wrong: string[] = [];
  if (t.dtype !== expected.dtype) wrong.push(`dtype ${t.dtype} instead of ${expected.dtype}`);
  if (String(t.shape) !== String(expected.shape)) wrong.push(`shape [${t.shape}] instead of [${expected.shape}]`);
  return [...wrong, ...differences(await elements(t), expected.data, tolerance, signedZero)];
}

/** Compares whatever an operation returned, tensor by tensor, and says where in it the difference lies. */
export async function resultDifferences(
  actual: unknown,
  expected: Encoded,
  options: { signedZero?: boolean; tolerance?: Tolerance } = {},
): Promise<string[]> {
  if (isEncodedTensor(expected)) return tensorDifferences(actual, expected, options);
  if (typeof expected !== 'object' || expected === null) {
    if (typeof expected === 'number' && typeof actual === 'number')
      return differences([actual], [expected], tolerances.float32);
    return Object.is(actual ?? null, expected) ? [] : [`${String(actual)} instead of ${String(expected)}`];
  }
  if (typeof actual !== 'object' || actual === null)
    return [`${String(actual)} instead of ${Array.isArray(expected) ? 'an array' : 'an object'}`];
  const keys = Object.keys(expected);
  const wrong = String(Object.keys(actual)) === String(keys) ? [] : [`keys ${Object.keys(actual)} instead of ${keys}`];
  for (const [key, part] of Object.entries(expected)) {
    const inner = await resultDifferences((actual as Record<string, unknown>)[key], part, options);
    wrong.push(...inner.map((text) => `${key}: ${text}`));
  }
  return wrong;
}

const shown = 8;

/** The first differences, with what was compared in front of each. */
export function within(what: string, wrong: readonly string[]): string[] {
  const more = wrong.length > shown ? [`… ${wrong.length - shown} more`] : [];
  return [...wrong.slice(0, shown), ...more].map((text) => `${what}: ${text}`);
}

/** Reads every tensor of a result: a device that is read asynchronously refuses bad data only then. */
async function readAll(result: unknown): Promise<void> {
  if (isTensor(result)) await result.data();
  else if (typeof result === 'object' && result !== null) for (const part of Object.values(result)) await readAll(part);
}

/** What PyTorch refuses must be refused by an error of ours that begins with the operation, not by a crash. */
export async function refusalDifferences(torchSays: string, run: () => unknown): Promise<string[]> {
  try {
    const result = await run();
    await readAll(result);
    return [`accepted, giving ${String(result)}, where PyTorch says "${torchSays}"`];
  } catch (error) {
    if (!isRushlightError(error)) return [`${String(error)} is not an error of ours; PyTorch says "${torchSays}"`];
    return /^\w+: ./.test(error.message) ? [] : [`"${error.message}" does not begin with the operation`];
  }
}
