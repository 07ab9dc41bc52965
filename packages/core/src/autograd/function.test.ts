// Functions with a gradient of their own: what forward may return and change, and what backward may answer.

import { beforeAll, expect, test } from 'vitest';
import { autograd, tensor, useBackend, type Tensor } from '../index.ts';
import { reference } from '../testing/reference.ts';

type Context = autograd.FunctionContext;

beforeAll(async () => {
  await useBackend(reference());
});

const leaf = (...values: number[]): Tensor => tensor(values, { requiresGrad: true });
const gradOf = (x: Tensor): unknown => x.grad?.toArraySync();

test('backward gets a gradient for every output, those without one included', () => {
  const seen: unknown[] = [];
  class Sort extends autograd.Function {
    static forward(ctx: Context, x: Tensor): Tensor[] {
      const { values, indices } = x.sort(0);
      const marked = values.mul(0);
      ctx.markNonDifferentiable(marked);
      ctx.saveForBackward(indices);
      return [indices, marked, values];
    }
    static backward(ctx: Context, ...[first, second, grad]: [Tensor, Tensor, Tensor]): Tensor {
      seen.push(first.dtype, first.toArraySync(), second.toArraySync());
      return grad.zeros(grad.shape).scatter(0, ctx.savedTensors[0] as Tensor, grad);
    }
  }
  const x = leaf(3, 1, 2);
  const [indices, marked, values] = Sort.apply(x) as [Tensor, Tensor, Tensor];
  expect([indices.requiresGrad, marked.requiresGrad, values.requiresGrad]).toEqual([false, false, true]);
  values
    .mul(tensor([5, 6, 7]))
    .sum()
    .backward();
  expect(seen).toEqual(['int32', [0, 0, 0], [0, 0, 0]]);
  expect(gradOf(x)).toEqual([7, 5, 6]);
});

test('what no gradient reached is zeros of its own dtype, or undefined where asked for', () => {
  const seen: unknown[] = [];
  class Two extends autograd.Function {
    static forward(ctx: Context, x: Tensor, materialize: boolean): Tensor[] {
      ctx.setMaterializeGrads(materialize);
      return [x.mul(2), x.to('float64')];
    }
    static backward(_: Context, ...[a, b]: [Tensor, Tensor?]): [Tensor, null] {
      seen.push(b && [b.dtype, b.toArraySync()]);
      return [a.mul(2), null];
    }
  }
  for (const materialize of [true, false]) Two.apply(leaf(1, 2), materialize)[0]?.sum().backward();
  expect(seen).toEqual([['float64', [0, 0]], undefined]);
});

class Double extends autograd.Function {
  static forward(ctx: Context, x: Tensor, factor = 2): Tensor {
    ctx.markDirty(x);
    return x.mul_(factor);
  }
  static backward(_: Context, grad: Tensor): (Tensor | null)[] {
    return [grad.mul(2), null];
  }
}

test('an input changed in place becomes the result; arguments with a default may be answered', () => {
  const x = leaf(1, 2);
  const y = x.mul(3);
  expect(Double.apply(y)).toBe(y);
  y.sum().backward();
  expect(gradOf(x)).toEqual([6, 6]);
});

test('leaves and views are not changed in place', () => {
  expect(() => Double.apply(leaf(1))).toThrow('Double: a leaf that requires grad cannot be changed in place');
  expect(() => Double.apply(leaf(1, 2).mul(1).select(0, 0))).toThrow(
    'Double: forward changes a view of shape [] in place',
  );
});

test('what backward returns is checked', () => {
  const run = (returned: unknown): void => {
    class Wrong extends autograd.Function {
      static forward(_: Context, x: Tensor, factor: number): Tensor {
        return x.mul(factor);
      }
      static backward(): unknown {
        return returned;
      }
    }
    Wrong.apply(leaf(1, 2), 3).sum().backward();
  };
  expect(() => run([3, null])).toThrow('Wrong: backward returned a number as gradient 0');
  expect(() => run([null])).toThrow('Wrong: backward returned 1 gradients for 2 arguments');
  expect(() => run([null, null, tensor([1, 1])])).toThrow('Wrong: backward returned 3 gradients for 2 arguments');
  expect(() => run([tensor([1]), null])).toThrow('a gradient of shape [1] for an input of shape [2]');
  expect(() => run([null, undefined, null])).not.toThrow();
});

test('the same result twice sums its gradients', () => {
  class Same extends autograd.Function {
    static forward(_: Context, x: Tensor): Tensor[] {
      const y = x.mul(2);
      return [y, y];
    }
    static backward(_: Context, a: Tensor, b: Tensor): Tensor {
      return a.add(b).mul(2);
    }
  }
  const x = leaf(1, 2);
  const [a, b] = Same.apply(x) as [Tensor, Tensor];
  a.add(b).sum().backward();
  expect(gradOf(x)).toEqual([4, 4]);
});
