// Packed sequences against PyTorch: packing and padding, and recurrent layers over them.

import { autograd, type Tensor } from '@rushlight/core';
import { utils, type LSTM } from '@rushlight/nn';
import { expect } from 'vitest';
import { refusalDifferences, resultDifferences, tensorDifferences, within } from './compare.ts';
import { decode, decodeTensor, make, readFixture, type Encoded, type EncodedTensor, type Num } from './fixture.ts';
import { buildLayer, type LayerSpec } from './layer-spec.ts';
import { onEveryBackend, test } from './on-every-backend.ts';
import { paired, type OpCase } from './replay-op.ts';

interface LayerCase extends LayerSpec {
  readonly name: string;
  readonly state: Readonly<Record<string, EncodedTensor>>;
  readonly lengths: readonly number[];
  readonly pack: Readonly<Record<string, boolean>>;
  readonly mode: 'train' | 'eval';
  readonly call: {
    readonly args: readonly Encoded[];
    readonly options: Encoded;
    readonly expected: Encoded;
    readonly grads: Readonly<Record<string, readonly Num[] | null>>;
  };
}

const { cases } = readFixture<{ cases: (OpCase | LayerCase)[] }>('conformance/fixtures', 'packed');
const { rnn } = utils;
type Leaf = [what: string, x: Tensor, expected: Pick<EncodedTensor, 'grad' | 'gradGrad'>];

const plain = (value: unknown): unknown => {
  if (!(value instanceof rnn.PackedSequence)) return value;
  const { data, batchSizes, sortedIndices, unsortedIndices } = value;
  return { data, batchSizes, sortedIndices, unsortedIndices };
};

/** The gradients of all outputs with an upstream, and theirs. */
async function gradDifferences(out: unknown, expected: Encoded, leaves: readonly Leaf[]): Promise<string[]> {
  const roots = paired(out, expected).filter(([, e]) => e.upstream !== undefined);
  if (roots.length === 0 || leaves.length === 0) return [];
  const createGraph = leaves.some(([, , e]) => e.gradGrad !== undefined);
  const inputs = leaves.map(([, x]) => x);
  const gradOutputs = roots.map(([, e]) => make(e.dtype, e.shape, e.upstream ?? []));
  const outputs = roots.map(([x]) => x);
  const grads = autograd.grad(outputs, inputs, { gradOutputs, createGraph, allowUnused: true });
  const wrong: string[] = [];
  const compare = async (kind: string, found: readonly (Tensor | null)[], key: 'grad' | 'gradGrad'): Promise<void> => {
    for (const [i, [what, x, e]] of leaves.entries()) {
      const { dtype, shape } = x;
      const data = e[key] ?? new Array<number>(x.numel()).fill(0);
      if (found[i] || e[key])
        wrong.push(...within(`${kind} of ${what}`, await tensorDifferences(found[i], { dtype, shape, data })));
    }
  };
  await compare('gradient', grads, 'grad');
  if (!createGraph) return wrong;
  const total = grads.flatMap((g) => (g ? [g.mul(g).sum()] : [])).reduce((a, b) => a.add(b));
  if (total.requiresGrad)
    await compare('second gradient', autograd.grad([total], inputs, { allowUnused: true }), 'gradGrad');
  return wrong;
}

async function opDifferences({ op, args: encoded, options, expected, error }: OpCase): Promise<string[]> {
  const found: [Tensor, EncodedTensor][] = [];
  const args = decode(encoded, found) as unknown[];
  const given = options === undefined ? [] : [decode(options)];
  const fn = (rnn as unknown as Readonly<Record<string, (...args: unknown[]) => unknown>>)[op];
  if (!fn) throw new Error(`there is no ${op}`);
  const [x, lengths, pack] = args as [Tensor, number[], object];
  const isOfPacked = op === 'padPackedSequence' || op === 'unpackSequence';
  const run = (): unknown =>
    plain(isOfPacked ? fn(rnn.packPaddedSequence(x, lengths, pack), ...given) : fn(...args, ...given));
  if (error !== undefined) return refusalDifferences(error, run);
  const out = run();
  const leaves = found.map(([t, e], i): Leaf => [`input ${i}`, t, e]);
  return [...(await resultDifferences(out, expected)), ...(await gradDifferences(out, expected, leaves))];
}

async function layerDifferences(c: LayerCase): Promise<string[]> {
  const layer = buildLayer<LSTM>(c).train(c.mode === 'train');
  layer.loadStateDict(Object.fromEntries(Object.entries(c.state).map(([key, t]) => [key, decodeTensor(t)])));
  const found: [Tensor, EncodedTensor][] = [];
  const [x] = decode(c.call.args, found) as [Tensor];
  const options = decode(c.call.options, found) as object;
  const [y, state] = layer(rnn.packPaddedSequence(x, c.lengths, c.pack), options);
  const out = [y.data, state];
  const leaves = [
    ...found.map(([t, e], i): Leaf => [`input ${i}`, t, e]),
    ...layer.namedParameters().map(([key, p]): Leaf => [key, p, { grad: c.call.grads[key] ?? null }]),
  ];
  return [...(await resultDifferences(out, c.call.expected)), ...(await gradDifferences(out, c.call.expected, leaves))];
}

onEveryBackend(() => {
  for (const c of cases)
    test(c.name, async () => {
      expect(await ('op' in c ? opDifferences(c) : layerDifferences(c))).toEqual([]);
    });
});
