// vmap and the transforms of func against functorch: values, gradients through them, and refusals.

import * as core from '@rushlight/core';
import { autograd, func, ones, rand, vmap, type Tensor } from '@rushlight/core';
import { expect } from 'vitest';
import { differences, refusalDifferences, resultDifferences, tolerances, within } from './compare.ts';
import { decode, readFixture, type Encoded, type EncodedTensor } from './fixture.ts';
import { onEveryBackend, test } from './on-every-backend.ts';

interface Dict {
  readonly [key: string]: Tensor;
}

const loss = (w: Tensor, x: Tensor, y: Tensor): Tensor => x.matmul(w).sub(y).square().mean();
const tanhSum = (v: Tensor): Tensor => v.exp().mul(v.sum());

const functions: Readonly<Record<string, (...args: never[]) => unknown>> = {
  mul: (x: Tensor, y: Tensor) => x.mul(y),
  dot: (x: Tensor, y: Tensor) => x.dot(y),
  sum: (x: Tensor) => x.sum(),
  mean: (x: Tensor) => x.mean(0),
  std: (x: Tensor) => x.std(0),
  prod: (x: Tensor) => x.prod(0),
  softmax: (x: Tensor) => x.softmax(-1),
  logsumexp: (x: Tensor) => x.logsumexp(0),
  matmul: (x: Tensor, y: Tensor) => x.matmul(y),
  linear: (x: Tensor, w: Tensor, bias: Tensor) => core.linear(x, w, { bias }),
  conv: (x: Tensor, w: Tensor) => core.conv2d(x, w, { padding: 1 }),
  strided: (x: Tensor, w: Tensor, bias: Tensor) => core.conv2d(x, w, { bias, stride: 2 }),
  grouped: (x: Tensor, w: Tensor) => core.conv1d(x, w, { groups: 2 }),
  transposed: (x: Tensor, w: Tensor) => core.convTranspose2d(x, w, { stride: 2 }),
  pool: (x: Tensor) => core.maxPool2d(x, 2),
  cumsum: (x: Tensor) => x.cumsum(0),
  cumprod: (x: Tensor) => x.cumprod(-1),
  sort: (x: Tensor) => Object.values(x.sort(0)),
  argmax: (x: Tensor) => x.argmax(-1),
  maxDim: (x: Tensor) => x.max(0).values,
  topk: (x: Tensor) => x.topk(2).values,
  triu: (x: Tensor) => x.triu(),
  cat: (x: Tensor, y: Tensor) => core.cat([y, x]),
  stack: (x: Tensor, y: Tensor) => core.stack([x, y], 1),
  gather: (x: Tensor, i: Tensor) => x.gather(0, i),
  scatterAdd: (x: Tensor, i: Tensor) => core.zeros([4]).scatterAdd(0, i, x),
  indexSelect: (x: Tensor, i: Tensor) => x.indexSelect(0, i),
  moves: (x: Tensor) => x.t().reshape([3, 2]).narrow(0, 1, 2).unsqueeze(0),
  unfold: (x: Tensor) => x.unfold(0, 2, 1),
  flip: (x: Tensor) => x.flip(0),
  pad: (x: Tensor) => core.pad(x, [1, 2]),
  where: (x: Tensor) => x.where(x.gt(0), x.mul(0.5)),
  isnan: (x: Tensor) => x.isnan(),
  add: (x: Tensor, y: Tensor) => x.add(y),
  constant: () => ones([2]),
  shared: (x: Tensor, y: Tensor) => [x.mul(2), y.mul(2)],
  identity: (x: Tensor) => x,
  inDict: (d: Dict) => ({ a: d['a']?.mul(d['b'] as Tensor), b: [d['a']?.sum(), d['b']] }),
  change: (x: Tensor) => {
    const y = x.mul(2);
    y.select(0, 0).mul_(x.select(0, 1));
    return y;
  },
  intoZeros: (x: Tensor) => x.zeros(x.shape).add_(x).mul(x),
  onShared: (x: Tensor, y: Tensor) => y.add_(x),
  item: (x: Tensor) => x.mul(x.itemSync()),
  nonzero: (x: Tensor) => x.nonzero(),
  masked: (x: Tensor) => x.index([x.gt(0)]),
  draws: (x: Tensor) => x.add(rand([3])),
  number: () => 3,
  outer: (x: Tensor, y: Tensor) => vmap((a: Tensor) => vmap((b: Tensor) => a.mul(b))(y))(x),
  pairs: (x: Tensor, y: Tensor) =>
    vmap(
      vmap((a: Tensor, b: Tensor) => a.dot(b)),
      { inDims: [null, 0] },
    )(x.unsqueeze(0).expand([2, -1]), y),
  slope: (x: Tensor) => func.grad((v: Tensor) => v.sin().mul(v).sum())(x),
  slopeOf: (w: Tensor, x: Tensor, y: Tensor) => func.grad(loss)(w, x, y),
  curvature: (x: Tensor) =>
    func.grad((v: Tensor) =>
      func
        .grad((u: Tensor) => u.pow(3).sum())(v)
        .sum(),
    )(x),
  jacobian: (x: Tensor) => func.jacrev(tanhSum)(x),
  columns: (x: Tensor) => func.jacfwd(tanhSum)(x),
  loss,
  cube: (x: Tensor) => x.pow(3).sum(),
  bilinear: (x: Tensor, y: Tensor) => x.mul(y).sum().mul(x.sin().sum()),
  withAux: (x: Tensor) => [x.pow(3).sum(), x.mul(2)],
  ofDict: (d: { w: Tensor; b: Tensor }, x: Tensor) => d.w.mul(x).add(d.b).tanh().sum(),
  tanh: (x: Tensor) => x.tanh().mul(x.sum()),
  ignoring: (x: Tensor) => x.square().sum(),
  two: (x: Tensor) => ({ p: x.mul(2), q: x.sum() }),
  expAux: (x: Tensor) => [x.exp().mul(x.sum()), x.sum()],
  product: (x: Tensor, y: Tensor) => x.matmul(y).sin(),
  list: (x: Tensor) => [x.sum()],
};

interface Case {
  readonly name: string;
  readonly op: keyof typeof func;
  readonly fn: string;
  readonly args: readonly Encoded[];
  readonly extra?: readonly Encoded[];
  readonly options: Encoded;
  readonly expected: Encoded;
  readonly requiresGrad: boolean;
  readonly error?: string;
}

type Transform = (fn: unknown, ...rest: unknown[]) => unknown;
type Transformed = (...args: unknown[]) => unknown;

function run({ op, fn }: Case, args: readonly unknown[], extra: readonly unknown[], options: unknown): unknown {
  const transform = func[op] as Transform;
  if (op === 'jvp') return transform(functions[fn], args, extra, options);
  if (op !== 'vjp') return (transform(functions[fn], options) as Transformed)(...args);
  const [output, pull, ...aux] = transform(functions[fn], args, options) as [unknown, Transformed, ...unknown[]];
  return [output, pull(...extra), ...aux];
}

const flat = (value: unknown): Tensor[] => {
  if (core.isTensor(value)) return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(flat) : [];
};

async function replay(c: Case): Promise<string[]> {
  const leaves: [Tensor, EncodedTensor][] = [];
  const args = decode(c.args, leaves) as unknown[];
  const extra = decode(c.extra ?? []) as unknown[];
  const options = decode(c.options);
  const { error } = c;
  if (error !== undefined) {
    try {
      run(c, args, extra, options);
    } catch (thrown) {
      const text = (thrown as Error).message;
      if (thrown instanceof TypeError && /^\w+: ./.test(text)) return [];
      return refusalDifferences(error, () => Promise.reject(thrown as Error));
    }
    return [`accepted, where PyTorch says "${error}"`];
  }
  const results = run(c, args, extra, options);
  const wrong = within('result', await resultDifferences(results, c.expected));
  const watched = flat(results).filter((x) => x.requiresGrad);
  if (watched.length > 0 !== c.requiresGrad) wrong.push(`requiresGrad is not ${c.requiresGrad}`);
  const wanted = leaves.filter(([, encoded]) => encoded.grad);
  const [first, ...rest] = watched.map((x) => x.square().sum());
  if (!first || wanted.length === 0) return wrong;
  const total = rest.reduce((sum, x) => sum.add(x), first);
  const grads = autograd.grad(total, wanted.map(([x]) => x)); // prettier-ignore
  for (const [k, [, encoded]] of wanted.entries()) {
    const actual = [...((await grads[k]?.data()) ?? [])];
    wrong.push(...within(`gradient ${k}`, differences(actual, encoded.grad ?? [], tolerances[encoded.dtype])));
  }
  return wrong;
}

const { cases } = readFixture<{ cases: Case[] }>('core/fixtures', 'vmap');

onEveryBackend(() => {
  for (const c of cases) {
    test(c.name, async () => {
      expect(await replay(c)).toEqual([]);
    });
  }

  test('a conv with groups, nested: lane by lane, with its gradient', async () => {
    const x = core.randn([2, 3, 1, 4, 5]).requiresGrad_();
    const w = core.randn([2, 2, 2, 3]).requiresGrad_();
    const one = (a: Tensor, b: Tensor): Tensor => core.conv1d(a, b, { groups: 2 });
    const inside = vmap((a: Tensor, b: Tensor) => vmap((c: Tensor) => one(c, b))(a))(x, w);
    const outside = core.stack([0, 1].map((i) => core.stack([0, 1, 2].map((j) => one(x.select(0, i).select(0, j), w.select(0, i)))))); // prettier-ignore
    expect((await inside.sub(outside).abs().max().item()) < 1e-5).toBe(true);
    const [a, b] = [inside, outside].map((y) => autograd.grad(y.square().sum(), [x, w]));
    for (const k of [0, 1]) expect(await a?.[k]?.sub(b?.[k] as Tensor).abs().max().item()).toBeLessThan(1e-4); // prettier-ignore
  });
});
