// A gradient that forward made: handed on where backward begins with 1, scaled elsewhere, and whose it is then.

import { beforeEach, expect, test } from 'vitest';
import { autograd, defaultDevice, ones, recordReady, tensor, tidy, useBackend, type Tensor } from '../index.ts';
import { checked, reference } from '../testing/index.ts';

beforeEach(() => useBackend(checked(reference())));

const values = (x: Tensor | null): unknown => x?.toArraySync();
const buffers = (): number => defaultDevice().memory().liveBuffers;

/** Σ x², along the last dim or over all, and the gradient it has made. */
function squares(x: Tensor, dim?: number): { y: Tensor; ready: Tensor } {
  const again = ([z]: readonly Tensor[]): Tensor => (z as Tensor).square().sum(dim);
  const y = again([x.detach()]);
  const ready = x.detach().mul(2);
  recordReady('squares', [x], y, { ready, ...(dim !== undefined && { dim }), again });
  return { y, ready };
}

const leaf = (): Tensor => tensor([[1, 2], [3, 4]], { requiresGrad: true }); // prettier-ignore

test('what forward made is the gradient of a leaf itself, or is scaled where it lies', () => {
  for (const seed of [undefined, tensor(3)]) {
    const x = leaf();
    const { y, ready } = squares(x);
    expect(y.gradFn?.name).toBe('SquaresBackward');
    const before = buffers();
    if (seed) y.backward(seed);
    else y.backward();
    expect(buffers()).toBe(before);
    expect(x.grad?.storage).toBe(ready.storage);
    expect(values(x.grad)).toEqual(seed ? [[6, 12], [18, 24]] : [[2, 4], [6, 8]]); // prettier-ignore
  }
});

test('a kept graph gives copies', () => {
  const x = leaf();
  const { y, ready } = squares(x);
  y.backward({ retainGraph: true });
  x.grad?.mul_(10);
  y.backward(tensor(2), { retainGraph: true });
  expect(values(ready)).toEqual([[2, 4], [6, 8]]); // prettier-ignore
  expect(values(x.grad)).toEqual([[24, 48], [72, 96]]); // prettier-ignore
});

test('each element of the output scales what lies along its dim', () => {
  const x = leaf();
  squares(x, 0).y.backward(tensor([1, 10]));
  expect(values(x.grad)).toEqual([[2, 40], [6, 80]]); // prettier-ignore
});

test('it is freed with the graph, once nobody reads it', () => {
  const x = leaf();
  const y = x.mul(1);
  const { y: total, ready } = squares(y);
  total.backward();
  expect(ready.storage.isDisposed).toBe(true);
  expect(values(x.grad)).toEqual([[2, 4], [6, 8]]); // prettier-ignore
  const other = squares(leaf());
  autograd.grad(other.y.mul(2), other.y);
  expect(other.ready.storage.isDisposed).toBe(false);
});

test('a tidy leaves it to who got it', () => {
  const x = leaf();
  const [g] = tidy(() => {
    squares(x).y.backward();
    return autograd.grad(squares(x).y, x);
  });
  expect([values(x.grad), values(g as Tensor)]).toEqual([[[2, 4], [6, 8]], [[2, 4], [6, 8]]]); // prettier-ignore
});

test('1 is what backward begins with, not what a hook or another root makes of it', () => {
  const x = leaf();
  const { y } = squares(x);
  expect(values(autograd.grad([y, y], x, { retainGraph: true })[0] as Tensor)).toEqual([[4, 8], [12, 16]]); // prettier-ignore
  y.registerHook((g) => void g.mul_(5));
  y.backward();
  expect(values(x.grad)).toEqual([[10, 20], [30, 40]]); // prettier-ignore
});

test('the gradient of the gradient goes through what is done again', () => {
  const x = leaf();
  const { y } = squares(x, 1);
  const [g] = autograd.grad(y, x, { gradOutputs: [ones([2])], createGraph: true }) as [Tensor];
  expect(values(g)).toEqual([[2, 4], [6, 8]]); // prettier-ignore
  g.sum().backward();
  expect(values(x.grad)).toEqual([[2, 2], [2, 2]]); // prettier-ignore
});
