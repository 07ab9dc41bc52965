// One case of an op: call it by name, compare the result, then its gradients, then theirs.

import * as core from '@rushlight/core';
import type { Tensor } from '@rushlight/core';
import * as losses from '@rushlight/losses';
import { functional } from '@rushlight/nn';
import {
  differences,
  refusalDifferences,
  resultDifferences,
  tensorDifferences,
  tolerances,
  within,
} from './compare.ts';
import { decode, isEncodedTensor, make, type Encoded, type EncodedTensor, type Num } from './fixture.ts';

export interface OpCase {
  readonly name: string;
  readonly op: string;
  readonly args: readonly Encoded[];
  readonly options?: Encoded;
  readonly expected: Encoded;
  /** Of the generator, where the op draws. */
  readonly seed?: number;
  /** Zeros must have PyTorch's sign. */
  readonly signedZero?: boolean;
  /** PyTorch's message, where it refuses. */
  readonly error?: string;
}

type Call = (...args: unknown[]) => unknown;

/** x.where(condition, y) takes its arguments in another order than where(condition, x, y), which is what the fixtures say. */
const functionsOnly = new Set(['where']);

/** Functions of a namespace, by their names. */
type Namespaces = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The op as a method of its first argument, else as a function of core, nn.functional or losses; `a.b` as b of namespace a. */
function callOf(op: string, args: readonly unknown[], namespaces: Namespaces): Call {
  const [self, ...rest] = args;
  const [space = '', name = ''] = op.split('.');
  const own = namespaces[space]?.[name];
  if (typeof own === 'function') return (...options) => (own as Call)(...args, ...options);
  const method =
    self instanceof core.Tensor && !functionsOnly.has(op)
      ? (self as unknown as Record<string, unknown>)[op]
      : undefined;
  if (typeof method === 'function') return (...options) => (method as Call).call(self, ...rest, ...options);
  for (const home of [core, core.special, functional, losses] as readonly Readonly<Record<string, unknown>>[]) {
    const fn = home[op];
    if (typeof fn === 'function') return (...options) => (fn as Call)(...args, ...options);
  }
  throw new Error(`there is no op "${op}"`);
}

/** The tensors of a result beside what the fixture says of each. */
export function paired(actual: unknown, expected: Encoded): [Tensor, EncodedTensor][] {
  if (isEncodedTensor(expected)) return [[actual as Tensor, expected]];
  if (typeof expected !== 'object' || expected === null) return [];
  return Object.entries(expected).flatMap(([key, part]) => paired((actual as Record<string, unknown>)[key], part));
}

async function gradDifferences(
  what: string,
  grads: readonly (Tensor | null | undefined)[],
  leaves: readonly EncodedTensor[],
  pick: (leaf: EncodedTensor) => readonly Num[] | null | undefined,
): Promise<string[]> {
  const wrong: string[] = [];
  for (const [i, leaf] of leaves.entries()) {
    const grad = grads[i];
    // PyTorch's missing gradient and a gradient of zeros say the same.
    const zeros = leaf.data.map(() => 0);
    const found = grad
      ? await tensorDifferences(grad, { ...leaf, data: pick(leaf) ?? zeros })
      : differences(zeros, pick(leaf) ?? zeros, tolerances[leaf.dtype]);
    wrong.push(...within(`${what} of input ${i}`, found));
  }
  return wrong;
}

/** What differs from PyTorch; empty when nothing does. */
export async function replayOp(test: OpCase, namespaces: Namespaces = {}): Promise<string[]> {
  const leaves: [Tensor, EncodedTensor][] = [];
  const args = decode(test.args, leaves) as unknown[];
  const call = callOf(test.op, args, namespaces);
  const options = test.options === undefined ? [] : [decode(test.options, leaves)];
  if (test.error !== undefined) {
    return refusalDifferences(test.error, () => call(...options));
  }
  if (test.seed !== undefined) core.manualSeed(test.seed);
  const out = await call(...options);
  const signedZero = test.signedZero ?? false;
  const wrong = within('result', await resultDifferences(out, test.expected, { signedZero }));
  if (test.op.endsWith('_') && out !== args[0]) wrong.push('an op in place returns self, this one another tensor');
  const roots = paired(out, test.expected).filter(([, e]) => e.upstream !== undefined);
  if (wrong.length > 0 || roots.length === 0) return wrong;

  const inputs = leaves.map(([x]) => x);
  const encoded = leaves.map(([, e]) => e);
  const createGraph = encoded.some((e) => e.gradGrad !== undefined);
  const gradOutputs = roots.map(([, e]) => make(e.dtype, e.shape, e.upstream ?? []));
  const outputs = roots.map(([x]) => x);
  const grads = core.autograd.grad(outputs, inputs, { gradOutputs, createGraph, allowUnused: true });
  wrong.push(...(await gradDifferences('gradient', grads, encoded, (e) => e.grad)));
  if (!createGraph) return wrong;
  const squares = grads.flatMap((g) => (g ? [g.mul(g).sum()] : []));
  const total = squares.reduce((a, b) => a.add(b));
  const seconds = total.requiresGrad ? core.autograd.grad([total], inputs, { allowUnused: true }) : [];
  return [...wrong, ...(await gradDifferences('second gradient', seconds, encoded, (e) => e.gradGrad))];
}
