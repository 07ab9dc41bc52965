// Arguments and results as PyTorch's transforms take them: tensors in arrays and plain objects, as deep as one likes.

import { isPromise } from '../is-promise.ts';
import { isTensor } from '../is-tensor.ts';

/** Whether a value is an array or a plain object: what is looked into. */
export function isBranch(value: unknown): value is readonly unknown[] | Readonly<Record<string, unknown>> {
  if (Array.isArray(value)) return true;
  if (typeof value !== 'object' || value === null || isTensor(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** What is in a branch, by its keys. */
export const entriesOf = (branch: readonly unknown[] | Readonly<Record<string, unknown>>): [string, unknown][] =>
  Object.entries(branch);

/** The leaves, from the first to the last. */
export function leavesOf(value: unknown): unknown[] {
  return isBranch(value) ? entriesOf(value).flatMap(([, part]) => leavesOf(part)) : [value];
}

/** The leaves of a value that is nested as `like` is, in the order of that; undefined where it is not. */
export function leavesAs(like: unknown, value: unknown): unknown[] | undefined {
  if (!isBranch(like)) return isBranch(value) ? undefined : [value];
  if (!isBranch(value) || Array.isArray(value) !== Array.isArray(like)) return undefined;
  const own = entriesOf(like);
  const given = new Map(entriesOf(value));
  const parts = own.map(([key, part]) => (given.has(key) ? leavesAs(part, given.get(key)) : undefined));
  return given.size === own.length && parts.every((part) => part !== undefined) ? parts.flat() : undefined;
}

/** What a value is that should be a tensor, for messages. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (isPromise(value)) return 'a promise';
  return typeof value === 'object' ? 'an object that is no plain one' : `a ${typeof value}`;
}

/** The same structure with other leaves, as many, from the first to the last. */
export function withLeaves(value: unknown, leaves: readonly unknown[]): unknown {
  let k = 0;
  const build = (part: unknown): unknown => {
    if (!isBranch(part)) return leaves[k++];
    const parts = entriesOf(part).map(([key, inner]) => [key, build(inner)] as const);
    return Array.isArray(part) ? parts.map(([, inner]) => inner) : Object.fromEntries(parts);
  };
  return build(value);
}
