import { describe, expect, test } from 'vitest';
import * as core from './index.ts';
import {
  autocast, autograd, cat, checkpoint, conv1d, customBwd, customFwd, getAutocastDtype, isAutocastEnabled, linear, matmul, noGrad, ones, pow,
  record, tensor, tidy, useBackend, type Backend, type DType, type Tensor,
} from './index.ts'; // prettier-ignore
import { trackStorages } from './device.ts';
import './methods.ts';
import { nullBackend, reference } from './testing/index.ts';

await useBackend(reference());

const half = (shape: number[] = [2, 2]): Tensor => ones(shape, { dtype: 'float16' });
const single = (shape: number[] = [2, 2]): Tensor => ones(shape);
const double = (shape: number[] = [2, 2]): Tensor => ones(shape, { dtype: 'float64' });

/** What the operation gives under autocast for tensors of a dtype. */
function dtypesOf(run: (make: (shape?: number[]) => Tensor) => Tensor): DType[] {
  return autocast(() => [half, single, double].map((make) => run(make).dtype));
}

describe('the dtype of the result, for float16, float32 and float64', () => {
  test.each<[string, (make: (shape?: number[]) => Tensor) => Tensor]>([
    ['matmul', (x) => matmul(x(), x())],
    ['matmul of vectors', (x) => matmul(x([2]), x([2]))],
    ['mm', (x) => core.mm(x(), x())],
    ['bmm', (x) => core.bmm(x([1, 2, 2]), x([1, 2, 2]))],
    ['mv', (x) => core.mv(x(), x([2]))],
    ['linear', (x) => linear(x(), x(), { bias: x([2]) })],
    ['linear without bias', (x) => linear(x(), x())],
    ['addmm', (x) => core.addmm(x(), x(), x())],
    ['addmv', (x) => core.addmv(x([2]), x(), x([2]))],
    ['addr', (x) => core.addr(x(), x([2]), x([2]))],
    ['addbmm', (x) => core.addbmm(x(), x([1, 2, 2]), x([1, 2, 2]))],
    ['baddbmm', (x) => core.baddbmm(x([1, 2, 2]), x([1, 2, 2]), x([1, 2, 2]))],
    ['einsum', (x) => core.einsum('ij,jk->ik', x(), x())],
    ['chainMatmul', (x) => core.chainMatmul(x(), x(), x())],
    ['multiDot', (x) => core.linalg.multiDot([x(), x(), x()])],
    ['conv1d', (x) => conv1d(x([1, 1, 3]), x([1, 1, 2]), { bias: x([1]) })],
    ['convTranspose2d', (x) => core.convTranspose2d(x([1, 1, 2, 2]), x([1, 1, 2, 2]))],
    ['prelu', (x) => core.prelu(x(), x([1]))],
  ])('%s runs in float16', (_, run) => expect(dtypesOf(run)).toEqual(['float16', 'float16', 'float64']));

  test.each<[string, (make: (shape?: number[]) => Tensor) => Tensor]>([
    ...(['acos', 'asin', 'cosh', 'erfinv', 'exp', 'expm1', 'log', 'log10', 'log1p', 'log2', 'reciprocal', 'rsqrt', 'sinh', 'softplus', 'tan'] as const)
      .map((name): [string, (make: (shape?: number[]) => Tensor) => Tensor] => [name, (x) => core[name](x())]), // prettier-ignore
    ['pow', (x) => pow(x(), 2)],
    ['sum', (x) => core.sum(x())],
    ['prod', (x) => core.prod(x(), 0)],
    ['cumsum', (x) => core.cumsum(x(), 0)],
    ['cumprod', (x) => core.cumprod(x(), 0)],
    ['softmax', (x) => core.softmax(x(), 0)],
    ['logSoftmax', (x) => core.logSoftmax(x(), 0)],
    ['logsumexp', (x) => core.logsumexp(x(), 0)],
    ['norm', (x) => core.norm(x())],
    ['dist', (x) => core.dist(x(), x())],
    ['cdist', (x) => core.cdist(x(), x())],
    ['pdist', (x) => core.pdist(x())],
    ['renorm', (x) => core.renorm(x(), 2, 0, 1)],
    ['cosineSimilarity', (x) => core.cosineSimilarity(x(), x())],
    ['pairwiseDistance', (x) => core.pairwiseDistance(x(), x())],
  ])('%s runs in float32', (_, run) => expect(dtypesOf(run)).toEqual(['float32', 'float32', 'float64']));

  test.each<[string, (make: (shape?: number[]) => Tensor) => Tensor]>([
    ['add', (x) => x().add(x())],
    ['mul', (x) => x().mul(2.5)],
    ['relu', (x) => x().relu()],
    ['sigmoid', (x) => x().sigmoid()],
    ['mean', (x) => x().mean()],
    ['amax', (x) => x().amax()],
    ['square', (x) => x().square()],
    ['transpose', (x) => x().t()],
    ['dot', (x) => core.dot(x([2]), x([2]))],
    ['tensordot', (x) => core.tensordot(x(), x())],
    ['cross', (x) => core.cross(x([3]), x([3]))],
    ['sum into a dtype that is given', (x) => x().sum({ dtype: x().dtype })],
    ['exp_', (x) => x().exp_()],
    ['addmm_', (x) => x().addmm_(x(), x())],
    ['addbmm_', (x) => x().addbmm_(x([1, 2, 2]), x([1, 2, 2]))],
    ['renorm_', (x) => x().renorm_(2, 0, 1)],
  ])('%s runs in what it is given', (_, run) => expect(dtypesOf(run)).toEqual(['float16', 'float32', 'float64']));

  test.each<[string, (a: Tensor, b: Tensor) => Tensor]>([
    ['add', (a, b) => a.add(b)],
    ['cat', (a, b) => cat([a, b])],
    ['stack', (a, b) => core.stack([a, b])],
    ['addcmul', (a, b) => core.addcmul(a, a, b)],
    ['addcdiv', (a, b) => core.addcdiv(a, a, b)],
    ['atan2', (a, b) => core.atan2(a, b)],
    ['cross', (a, b) => core.cross(a, b)],
    ['dot', (a, b) => core.dot(a, b)],
    ['tensordot', (a, b) => core.tensordot(a, b, 1)],
    ['indexPut', (a, b) => core.indexPut(a, [tensor([0, 1, 2], { dtype: 'int32' })], b)],
    ['scatterAdd', (a, b) => core.scatterAdd(a, 0, tensor([0, 1, 2], { dtype: 'int32' }), b)],
  ])('%s of both runs in float32', (_, run) => {
    expect(autocast(() => [run(half([3]), single([3])).dtype, run(single([3]), half([3])).dtype])).toEqual([
      'float32',
      'float32',
    ]);
  });

  test('products take operands of both', () => {
    const y = autocast(() => linear(half(), single(), { bias: single([2]) }));
    expect([y.dtype, y.dataSync().length]).toEqual(['float16', 4]);
    expect(() => linear(half(), single())).toThrow('linear: operands are float16 and float32.');
  });

  test('linear algebra stays exact', () => {
    const x = tensor([[3, 1 / 3], [1 / 7, 2]]); // prettier-ignore
    for (const fn of [core.linalg.inv, core.linalg.matrixExp, core.linalg.pinv])
      expect(autocast(() => fn(x)).toArraySync()).toEqual(fn(x).toArraySync());
  });
});

describe('numbers', () => {
  // Drawn so that no sum of products is a tie between two float16 numbers.
  const [a, b] = [tensor([[0.1, -0.7, 1.3], [2.1, 0.3, -0.9]]), tensor([[1.7, 0.2], [-0.4, 0.6], [0.9, -1.1]])]; // prettier-ignore

  test('products are those of rounded operands', () => {
    const rounded = (x: Tensor): Tensor => x.to('float16').to('float32');
    const expected = rounded(a).matmul(rounded(b)).to('float16');
    expect(autocast(() => a.matmul(b)).toArraySync()).toEqual(expected.toArraySync());
  });

  test('what has a wide range does not overflow', () => {
    const x = tensor([300, 300], { dtype: 'float16' });
    expect(x.pow(2).toArraySync()).toEqual([Infinity, Infinity]);
    expect(autocast(() => x.pow(2)).toArraySync()).toEqual([90000, 90000]);
    expect(autocast(() => x.mul(200).sum()).itemSync()).toBe(120000);
  });

  test('gradients arrive in the dtypes of the leaves', () => {
    const [w, bias] = [b.t().clone().requiresGrad_(), tensor([0.5, -0.5], { requiresGrad: true })];
    const x = a.to('float16').requiresGrad_();
    const loss = autocast(() => linear(x, w, { bias }).exp().sum());
    expect(loss.dtype).toBe('float32');
    loss.backward();
    expect([x, w, bias].map(({ grad }) => grad?.dtype)).toEqual(['float16', 'float32', 'float32']);
    // The same by hand.
    const [x2, w2, b2] = [x, w, bias].map((y) => y.detach().to('float16').requiresGrad_()) as [Tensor, Tensor, Tensor];
    linear(x2, w2, { bias: b2 }).to('float32').exp().sum().backward();
    for (const [one, other] of [
      [x, x2],
      [w, w2],
      [bias, b2],
    ])
      // prettier-ignore
      expect(one?.grad?.toArraySync()).toEqual(other?.grad?.toArraySync());
  });

  test('backward may run inside too', () => {
    const run = (inside: boolean): unknown => {
      const w = b.t().clone().requiresGrad_();
      const forward = (): Tensor => linear(linear(a, w).relu(), w.t().contiguous()).pow(2).sum();
      if (inside) autocast(() => forward().backward());
      else autocast(forward).backward();
      return w.grad?.toArraySync();
    };
    expect(run(true)).toEqual(run(false));
  });

  test('second gradients pass', () => {
    const w = tensor([[0.5, 2]], { requiresGrad: true });
    const x = tensor([[1, 3]], { requiresGrad: true });
    const [g] = autograd.grad(
      autocast(() => linear(x, w).pow(2).sum()),
      x,
      { createGraph: true },
    ) as [Tensor];
    expect(g.dtype).toBe('float32');
    g.sum().backward();
    // d/dw Σ 2(w·x)w = 2x Σw + 2(w·x)
    expect(w.grad?.toArraySync()).toEqual([[18, 28]]);
  });

  test('checkpoint runs again as it ran first', () => {
    const run = (wrap: (fn: (x: Tensor) => Tensor, x: Tensor) => Tensor): unknown => {
      const [w, x] = [b.t().clone().requiresGrad_(), a.clone().requiresGrad_()];
      const seen: DType[] = [];
      const y = autocast(() =>
        wrap((z) => {
          const made = linear(z, w);
          seen.push(made.dtype);
          return made.exp();
        }, x),
      );
      y.sum().backward();
      return [new Set(seen), w.grad?.toArraySync(), x.grad?.toArraySync()];
    };
    expect(run(checkpoint)).toEqual(run((fn, x) => fn(x)));
  });
});

describe('functions with a gradient of their own', () => {
  const product = (options: core.CustomFwdOptions, seen: DType[]): ((x: Tensor, y: Tensor) => Tensor) => {
    class Product extends autograd.Function {
      static forward = customFwd((ctx: autograd.FunctionContext, x: Tensor, y: Tensor) => {
        ctx.saveForBackward(x, y);
        const made = x.matmul(y);
        seen.push(x.dtype, made.dtype);
        return made;
      }, options);
      static backward = customBwd((ctx: autograd.FunctionContext, grad: Tensor) => {
        const [x, y] = ctx.savedTensors as [Tensor, Tensor];
        const made = grad.to('float32').matmul(y.to('float32').t());
        seen.push(made.dtype);
        return [made, x.to('float32').t().matmul(grad.to('float32'))];
      });
    }
    return (x, y) => Product.apply(x, y);
  };

  test.each<[string, core.CustomFwdOptions, boolean, DType[]]>([
    ['run backward under autocast if forward did', {}, true, ['float32', 'float16', 'float16']],
    ['and not if it did not', {}, false, ['float32', 'float32', 'float32']],
    ['convert their arguments', { castInputs: 'float16' }, true, ['float16', 'float16', 'float32']],
    ['outside leave them alone', { castInputs: 'float16' }, false, ['float32', 'float32', 'float32']],
  ])('%s', (_, options, enabled, expected) => {
    const seen: DType[] = [];
    const x = single().requiresGrad_();
    autocast(() => product(options, seen)(x, single()), { enabled })
      .sum()
      .backward();
    expect(seen).toEqual(expected);
    expect(x.grad?.toArraySync()).toEqual([[2, 2], [2, 2]]); // prettier-ignore
  });
});

describe('regions', () => {
  test('nest, end, and return what the function returns', () => {
    const mode = (): unknown => [isAutocastEnabled(), matmul(single(), single()).dtype];
    expect(mode()).toEqual([false, 'float32']);
    autocast(() => {
      expect(mode()).toEqual([true, 'float16']);
      expect(autocast(mode, { enabled: false })).toEqual([false, 'float32']);
      expect(autocast(() => autocast(mode), { enabled: false })).toEqual([true, 'float16']);
      expect(autocast(mode)).toEqual([true, 'float16']);
      expect(mode()).toEqual([true, 'float16']);
    });
    expect(() =>
      autocast(() => {
        throw new RangeError('mine');
      }),
    ).toThrow('mine');
    expect(mode()).toEqual([false, 'float32']);
    expect(getAutocastDtype()).toBe('float16');
  });

  test('do not leak into what runs meanwhile', async () => {
    const steps: string[] = [];
    const step = async (name: string): Promise<void> => {
      for (let k = 0; k < 3; k++) {
        await Promise.resolve();
        steps.push(`${name} ${isAutocastEnabled()}`);
      }
    };
    await Promise.all([autocast(() => step('inside')), step('outside')]);
    expect(new Set(steps)).toEqual(new Set(['inside true', 'outside false']));
  });

  test('convert a leaf that requires grad once', () => {
    const w = single().requiresGrad_();
    const casts = (fn: () => void): number =>
      record(fn).programs.filter((p) => p.kind === 'loop' && p.outputs[0]?.dtype === 'float16').length;
    const twice = (x: Tensor): void => void [matmul(x, x), matmul(x, x)];
    expect(casts(() => autocast(() => twice(w)))).toBe(1);
    expect(casts(() => autocast(() => autocast(() => twice(w))))).toBe(1);
    expect(casts(() => autocast(() => twice(w), { cacheEnabled: false }))).toBe(4);
    expect(casts(() => autocast(() => twice(single())))).toBe(4);
    // What was made without a graph is of no use with one.
    const y = autocast(() => {
      noGrad(() => matmul(w, w));
      return matmul(w, w);
    });
    expect(y.requiresGrad).toBe(true);
  });

  test('convert a leaf again that was changed, or whose copy is gone', () => {
    const w = single().requiresGrad_();
    const sums = autocast(() => {
      const before = tidy(() => matmul(w, w).detach());
      noGrad(() => w.mul_(2));
      return [before, matmul(w, w)].map((x) => x.toArraySync());
    });
    expect(sums).toEqual([[[2, 2], [2, 2]], [[8, 8], [8, 8]]]); // prettier-ignore
  });

  test('a recorded region reads the weights anew when it is replayed', () => {
    const w = single().requiresGrad_();
    const out = half();
    autocast(() => {
      matmul(w, w);
      const recording = record(() => void noGrad(() => out.copy_(matmul(w, w))));
      noGrad(() => w.mul_(2));
      recording.replay();
    });
    expect(out.toArraySync()).toEqual([[8, 8], [8, 8]]); // prettier-ignore
  });

  test('what is converted for one operation is freed', () => {
    // The list holds them, so that the garbage collector has no say.
    const left = (fn: () => unknown): number => trackStorages(fn).made.filter((storage) => !storage.isDisposed).length;
    const x = single([8, 8]);
    expect(left(() => autocast(() => noGrad(() => matmul(x, x))))).toBe(1);
    // With a graph it goes with that: as much is left as without autocast.
    const w = single([8, 8]).requiresGrad_();
    const loss = (): Tensor => matmul(w.mul(2), w.mul(3)).sum();
    const trained = (enabled: boolean): number => left(() => autocast(loss, { enabled }).backward());
    expect(trained(true)).toBe(trained(false));
  });

  test('two losses of one region have gradients of their own', () => {
    const w = single().requiresGrad_();
    const [a, b] = autocast(() => [matmul(w, single()).sum(), matmul(w, single()).sum()] as const);
    a.backward();
    b.backward();
    expect(w.grad?.toArraySync()).toEqual([[4, 4], [4, 4]]); // prettier-ignore
  });
});

describe('refusals', () => {
  test('a dtype that is not there', () => {
    expect(() => autocast(() => 1, { dtype: 'float32' })).toThrow('autocast: dtype is float32. It must be float16');
  });

  test('a device without float16', async () => {
    const made = nullBackend();
    const plain: Backend = { ...made, limits: { ...made.limits, dtypes: ['float32', 'int32', 'bool'] } };
    const device = await core.openBackend(plain);
    const x = ones([2, 2], { device });
    expect(() => autocast(() => matmul(x, x))).toThrow(
      `matmul: under autocast it runs in float16, which the "${device.name}" backend has not: it has float32, int32, bool. Pass autocast { enabled: false } there, or use a device that has it.`,
    );
    expect(autocast(() => x.exp()).dtype).toBe('float32');
  });
});
