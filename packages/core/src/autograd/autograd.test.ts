import { beforeAll, describe, expect, test } from 'vitest';
import {
  autograd,
  checkpoint,
  dropout,
  enableGrad,
  isGradEnabled,
  manualSeed,
  noGrad,
  ones,
  rand,
  tensor,
  useBackend,
  type Tensor,
} from '../index.ts';
import { reference } from '../testing/reference.ts';

beforeAll(async () => {
  await useBackend(reference());
});

const leaf = (...values: number[]): Tensor => tensor(values, { requiresGrad: true });
const gradOf = (x: Tensor): unknown => x.grad?.toArraySync() ?? null;

describe('backward', () => {
  test('adds to the grad of leaves', () => {
    const x = leaf(1, 2);
    x.square().sum().backward();
    x.mul(3).sum().backward();
    expect(gradOf(x)).toEqual([5, 7]);
  });

  test('goes once through a value used twice', () => {
    const x = leaf(3);
    const y = x.mul(x);
    y.add(y).backward();
    expect(gradOf(x)).toEqual([12]);
  });

  test('sums over what was broadcast', () => {
    const [a, b] = [leaf(1, 2, 3), tensor([[1], [2]], { requiresGrad: true })];
    a.mul(b).sum().backward();
    expect(gradOf(a)).toEqual([3, 3, 3]);
    expect(gradOf(b)).toEqual([[6], [6]]);
  });

  test('takes the gradient of the result', () => {
    const x = leaf(1, 2);
    x.square().backward(tensor([1, 10]));
    expect(gradOf(x)).toEqual([2, 40]);
    expect(() => x.square().backward(tensor([1]))).toThrow('the gradient has shape [1], the tensor [2]');
  });

  test('needs a gradient for more than one element, and a graph', () => {
    expect(() => leaf(1, 2).mul(2).backward()).toThrow(
      'a gradient can be implied for a tensor of one element only, this has shape [2]',
    );
    expect(() => tensor([1]).backward()).toThrow('does not require grad and has no gradFn');
  });

  test('twice is refused, unless the graph is retained', () => {
    const x = leaf(2);
    const y = x.square();
    y.backward({ retainGraph: true });
    y.backward();
    expect(gradOf(x)).toEqual([8]);
    expect(() => y.backward()).toThrow(/the graph of \w+Backward was already used and freed/);
  });

  test('a float64 gradient of a float32 leaf comes back as float32', () => {
    const x = leaf(2);
    x.to('float64').square().sum().backward();
    expect(x.grad?.dtype).toBe('float32');
  });

  test('leaves the gradient that the user passed as it was', () => {
    const x = leaf(1);
    const seed = tensor([1]);
    x.mul(1).backward(seed);
    x.mul(1).backward(seed);
    expect(gradOf(x)).toEqual([2]);
    expect(seed.toArraySync()).toEqual([1]);
  });
});

describe('createGraph', () => {
  test('differentiates again', () => {
    const x = leaf(2);
    const [first] = autograd.grad(x.pow(3), x, { createGraph: true });
    const [second] = autograd.grad(first as Tensor, x, { createGraph: true });
    const [third] = autograd.grad(second as Tensor, x);
    expect([first, second, third].map((g) => g?.itemSync())).toEqual([12, 12, 6]);
  });
});

describe('grad', () => {
  test('touches no leaf', () => {
    const [x, y] = [leaf(2), leaf(3)];
    const grads = autograd.grad(x.mul(y), [x, y]);
    expect(grads.map((g) => g.itemSync())).toEqual([3, 2]);
    expect(x.grad).toBeNull();
  });

  test('of something in the middle', () => {
    const x = leaf(2);
    const y = x.square();
    expect(autograd.grad(y.mul(5), y)[0]?.itemSync()).toBe(5);
  });

  test('of what is not used is an error, or null', () => {
    const [x, y] = [leaf(2), leaf(3)];
    expect(() => autograd.grad(x.mul(2), [x, y])).toThrow('the outputs do not depend on input 1');
    expect(autograd.grad(x.mul(2), [x, y], { allowUnused: true })[1]).toBeNull();
    expect(() => autograd.grad(x.mul(2), [tensor([1])])).toThrow('input 0 of shape [1] does not require grad');
  });
});

describe('hooks', () => {
  test('see and replace gradients, at results and at leaves', () => {
    const x = leaf(1, 2);
    const y = x.mul(2);
    const seen: unknown[] = [];
    const hook = y.registerHook((g) => {
      seen.push(g.toArraySync());
      return g.mul(10);
    });
    x.registerHook((g) => void seen.push(g.toArraySync()));
    y.sum().backward({ retainGraph: true });
    expect(seen).toEqual([
      [1, 1],
      [20, 20],
    ]);
    hook.remove();
    y.sum().backward();
    expect(gradOf(x)).toEqual([22, 22]);
  });

  test('what a hook keeps stays', () => {
    const x = leaf(1, 2);
    const y = x.mul(2);
    let kept: Tensor | undefined;
    y.registerHook((g) => void (kept = g));
    y.exp().sum().backward();
    expect(kept?.toArraySync()).toEqual(y.exp().toArraySync());
  });

  test('retainGrad keeps the gradient of a result', () => {
    const x = leaf(1, 2);
    const y = x.mul(2);
    y.retainGrad();
    y.square().sum().backward();
    expect(gradOf(y)).toEqual([4, 8]);
  });
});

describe('changes in place', () => {
  test('of a value needed for a gradient are noticed', () => {
    const x = leaf(1, 2);
    const y = x.mul(1);
    const z = y.square();
    y.add_(1);
    expect(() => z.sum().backward()).toThrow(
      /a value needed for the gradient of SquareBackward was changed in place: a float32 tensor of shape \[2\] is at version 1, version 0 was saved/,
    );
  });

  test('of a value that no gradient needs are fine', () => {
    const x = leaf(1, 2);
    const y = x.mul(1);
    const z = y.add(1);
    y.mul_(3);
    z.add(y).sum().backward();
    expect(gradOf(x)).toEqual([4, 4]);
  });

  test('of a result that its gradient is expressed by are noticed', () => {
    const y = leaf(1).exp();
    y.add_(1);
    expect(() => y.backward()).toThrow('ExpBackward was changed in place');
  });

  test('of the input of exp, which keeps its result, are fine', () => {
    const x = leaf(1);
    const y = x.mul(1);
    const z = y.exp();
    y.add_(1);
    z.backward();
    expect(x.grad?.itemSync()).toBeCloseTo(Math.E, 6);
  });

  test('of relu_ differentiate', () => {
    const x = leaf(-1, 2);
    x.mul(1).relu_().sum().backward();
    expect(gradOf(x)).toEqual([0, 1]);
  });

  test('of leaves that require grad are refused', () => {
    const x = leaf(1, 2);
    expect(() => x.add_(1)).toThrow('a leaf that requires grad cannot be changed in place');
    expect(() => x.select(0, 0).add_(1)).toThrow('a view of a leaf that requires grad cannot be changed in place');
    noGrad(() => x.add_(1));
    expect(x.toArraySync()).toEqual([2, 3]);
  });

  test('of expanded memory are refused', () => {
    expect(() => tensor([1]).expand([3]).add_(1)).toThrow('several of its elements are one in memory');
  });

  test('through a view reach its base', () => {
    const w = tensor(
      [
        [1, 2],
        [3, 4],
      ],
      { requiresGrad: true },
    );
    const y = w.mul(1);
    y.select(0, 0).mul_(2);
    y.sum().backward();
    expect(gradOf(w)).toEqual([
      [2, 2],
      [1, 1],
    ]);
  });

  test('of the base reach a view made before', () => {
    const w = leaf(1, 2, 3);
    const y = w.mul(1);
    const view = y.slice(0, 1);
    y.mul_(5);
    view.sum().backward();
    expect(gradOf(w)).toEqual([0, 5, 5]);
  });

  test('with operands that overlap the target read the values from before', () => {
    const x = tensor([1, 2, 3, 4]);
    x.slice(0, 1).add_(x.slice(0, 0, 3));
    expect(x.toArraySync()).toEqual([1, 3, 5, 7]);
    expect(x.mul_(x).toArraySync()).toEqual([1, 9, 25, 49]);
  });

  test('into a dtype that cannot hold the result are refused', () => {
    expect(() => tensor([1], { dtype: 'int32' }).add_(0.5)).toThrow(
      'the result is float32 and cannot be stored in a int32 tensor',
    );
  });

  test('that would change the shape are refused', () => {
    expect(() => ones([2]).add_(ones([3, 2]))).toThrow(
      'add: the result has shape [3, 2], the tensor changed in place [2]',
    );
  });

  test('detach shares memory and version', () => {
    const y = leaf(1, 2).mul(1);
    const z = y.square();
    y.detach().add_(1);
    expect(y.toArraySync()).toEqual([2, 3]);
    expect(() => z.sum().backward()).toThrow('changed in place');
  });
});

describe('grad mode', () => {
  test('noGrad records nothing, enableGrad within it does', () => {
    const x = leaf(1);
    expect(noGrad(() => x.mul(2)).requiresGrad).toBe(false);
    expect(noGrad(() => enableGrad(() => x.mul(2))).requiresGrad).toBe(true);
    expect(isGradEnabled()).toBe(true);
  });

  test('belongs to the task: what runs in between is not affected', async () => {
    const x = leaf(1);
    let inside: boolean | undefined;
    const quiet = noGrad(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside = x.mul(2).requiresGrad;
    });
    await Promise.resolve();
    expect(x.mul(2).requiresGrad).toBe(true);
    await quiet;
    expect(inside).toBe(false);
  });

  test('is restored when the function throws', () => {
    expect(() => noGrad(() => { throw new Error('x'); })).toThrow('x'); // prettier-ignore
    expect(isGradEnabled()).toBe(true);
  });
});

describe('Function', () => {
  class Cube extends autograd.Function {
    static forward(ctx: autograd.FunctionContext, x: Tensor): Tensor {
      ctx.saveForBackward(x);
      return x.pow(3);
    }
    static backward(ctx: autograd.FunctionContext, grad: Tensor): Tensor[] {
      const [x] = ctx.savedTensors;
      return [grad.mul((x as Tensor).square().mul(3))];
    }
  }

  test('has the gradient it says, twice', () => {
    const x = tensor([1, 2], { dtype: 'float64', requiresGrad: true });
    expect(Cube.apply(x).toString()).toContain('CubeBackward');
    expect(autograd.gradcheck((v) => Cube.apply(v), [x])).toBe(true);
    expect(autograd.gradgradcheck((v) => Cube.apply(v), [x])).toBe(true);
  });

  test('a wrong gradient is found by gradcheck', () => {
    class Wrong extends Cube {
      static override backward(ctx: autograd.FunctionContext, grad: Tensor): Tensor[] {
        return [grad.mul((ctx.savedTensors[0] as Tensor).mul(3))];
      }
    }
    const x = tensor([2], { dtype: 'float64', requiresGrad: true });
    expect(() => autograd.gradcheck((v) => Wrong.apply(v), [x])).toThrow(
      /output 0, input 0 of shape \[1\], element 0: the gradient is 3, differences give 6\.0/,
    );
    expect(autograd.gradcheck((v) => Wrong.apply(v), [x], { raiseException: false })).toBe(false);
  });

  test('gradcheck passes nothing that it did not check', () => {
    const x = tensor([1, 2], { dtype: 'float64' });
    expect(() => autograd.gradcheck((v) => v.exp(), [x])).toThrow('none of the 1 inputs requires grad');
    x.requiresGrad = true;
    expect(() => autograd.gradcheck((v) => v.detach().exp(), [x])).toThrow('the gradient is 0, differences give');
    expect(autograd.gradcheck((v) => v.sign(), [x])).toBe(true);
    expect(autograd.gradcheck((v) => [v.exp(), v.detach()], [x])).toBe(true);
  });

  test('a gradient of the wrong shape is refused', () => {
    class Misshapen extends autograd.Function {
      static forward(_: autograd.FunctionContext, x: Tensor): Tensor {
        return x.mul(2);
      }
      static backward(): Tensor[] {
        return [ones([3])];
      }
    }
    expect(() => Misshapen.apply(leaf(1, 2)).sum().backward()).toThrow(
      'returned a gradient of shape [3] for an input of shape [2]',
    );
  });

  test('keeps arguments that are no tensors apart', () => {
    class Scale extends autograd.Function {
      static forward(_: autograd.FunctionContext, by: number, x: Tensor): Tensor {
        return x.mul(by);
      }
      static backward(_: autograd.FunctionContext, grad: Tensor): (Tensor | null)[] {
        return [null, grad.mul(7)];
      }
    }
    const x = leaf(1);
    Scale.apply(2, x).backward();
    expect(gradOf(x)).toEqual([7]);
  });
});

describe('anomaly detection', () => {
  test('names the operation that made NaN and where it was called', () => {
    autograd.setDetectAnomaly(true);
    try {
      const x = leaf(-1);
      const y = x.add(1).sqrt().mul(0);
      expect(() => y.sum().backward()).toThrow(
        /SqrtBackward: its backward returned NaN in the gradient of input 0[\s\S]*autograd\.test\.ts/,
      );
    } finally {
      autograd.setDetectAnomaly(false);
    }
  });
});

describe('checkpoint', () => {
  test('gives the same gradients, dropout included, and keeps only its inputs', () => {
    const x = rand([50]).requiresGrad_();
    const block = (v: Tensor): Tensor => dropout(v.exp(), { p: 0.5 }).square();
    manualSeed(1);
    block(x).sum().backward();
    const plain = gradOf(x);
    x.grad = null;
    manualSeed(1);
    checkpoint(block, x).sum().backward();
    expect(gradOf(x)).toEqual(plain);
  });

  test('reaches parameters that are not among its arguments', () => {
    const w = leaf(3);
    const x = leaf(2);
    checkpoint((v: Tensor) => v.mul(w), x).backward();
    expect([gradOf(w), gradOf(x)]).toEqual([[2], [3]]);
  });
});
