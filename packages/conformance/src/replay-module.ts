// One case of a layer with several inputs, outputs or a memory: initial weights, outputs, gradients of all inputs and
// parameters, and what the layer remembers.

import { autograd, manualSeed, type Tensor } from '@rushlight/core';
import type * as nn from '@rushlight/nn';
import { refusalDifferences, resultDifferences, tensorDifferences, within } from './compare.ts';
import { decode, decodeTensor, make, type Encoded, type EncodedTensor, type Num } from './fixture.ts';
import { buildLayer, type LayerSpec } from './layer-spec.ts';
import { paired } from './replay-op.ts';

interface ModuleCall {
  readonly args: readonly Encoded[];
  readonly options?: Encoded;
  readonly mode?: 'eval';
  readonly expected: Encoded;
  /** PyTorch's message, where it refuses. */
  readonly error?: string;
  readonly grads?: Readonly<Record<string, readonly Num[] | null>>;
}

type State = Readonly<Record<string, EncodedTensor>>;

/** A layer, its state at first, what calls of it give, and its state at the end. */
export interface ModuleCase extends LayerSpec {
  readonly name: string;
  readonly seed: number;
  /** It learns its sizes, and draws, at its first call. */
  readonly lazy?: boolean;
  readonly state: State;
  readonly calls: readonly ModuleCall[];
  readonly after?: State;
  /** PyTorch's message, where it does not make such a layer; then there is nothing else. */
  readonly error?: string;
}

type AnyModule = nn.Module<unknown[]>;

// Draws are PyTorch's bit for bit up to the rounding of a bound, and for normals of its logarithm.
const initial = { absolute: 1e-6, relative: 0 };

async function stateDifferences(
  what: string,
  module: AnyModule,
  expected: State,
  options?: { readonly tolerance: typeof initial },
): Promise<string[]> {
  const state = module.stateDict();
  const wrong: string[] = [];
  for (const [key, values] of Object.entries(expected))
    wrong.push(...within(`${key} ${what}`, await tensorDifferences(state[key], values, options)));
  return wrong;
}

/** Calls the module and compares its outputs and all gradients. */
async function callDifferences(module: AnyModule, call: ModuleCall): Promise<string[]> {
  module.train(call.mode !== 'eval');
  const leaves: [Tensor, EncodedTensor][] = [];
  const args = decode(call.args, leaves) as unknown[];
  const options = call.options === undefined ? [] : [decode(call.options, leaves)];
  if (call.error !== undefined) return refusalDifferences(call.error, () => module(...args, ...options));
  const out = module(...args, ...options);
  const wrong = within('output', await resultDifferences(out, call.expected));
  const roots = paired(out, call.expected).filter(([, e]) => e.upstream !== undefined);
  if (wrong.length > 0 || roots.length === 0) return wrong;

  const wanted: [string, Tensor, readonly Num[] | null | undefined][] = [
    ...leaves.map(([x, e], i): [string, Tensor, EncodedTensor['grad']] => [`input ${i}`, x, e.grad]),
    ...module.namedParameters().map(([key, p]): [string, Tensor, EncodedTensor['grad']] => [key, p, call.grads?.[key]]),
  ];
  const grads = autograd.grad(
    roots.map(([y]) => y),
    wanted.map(([, x]) => x),
    { gradOutputs: roots.map(([, e]) => make(e.dtype, e.shape, e.upstream ?? [])), allowUnused: true },
  );
  for (const [i, [what, { dtype, shape }, data]] of wanted.entries()) {
    const expected = data ?? new Array<number>(shape.reduce((n, m) => n * m, 1)).fill(0);
    const found = grads[i]
      ? await tensorDifferences(grads[i], { dtype, shape, data: expected })
      : data
        ? ['is missing']
        : [];
    wrong.push(...within(`gradient of ${what}`, found));
  }
  return wrong;
}

/** What differs from PyTorch; empty when nothing does. */
export async function replayModule(c: ModuleCase): Promise<string[]> {
  if (c.error !== undefined) return refusalDifferences(c.error, () => buildLayer(c));
  manualSeed(c.seed);
  const module = buildLayer<AnyModule>(c);
  if (c.lazy) module(...(decode(c.calls[0]?.args ?? []) as unknown[]));
  const [keys, expected] = [Object.keys(module.stateDict()), Object.keys(c.state)];
  if (String(keys) !== String(expected)) return [`the state has ${keys.join(', ')} instead of ${expected.join(', ')}`];
  const wrong = await stateDifferences('at first', module, c.state, { tolerance: initial });
  module.loadStateDict(Object.fromEntries(Object.entries(c.state).map(([key, t]) => [key, decodeTensor(t)])));
  for (const [i, call] of c.calls.entries()) wrong.push(...within(`call ${i}`, await callDifferences(module, call)));
  return [...wrong, ...(await stateDifferences('at the end', module, c.after ?? c.state))];
}
