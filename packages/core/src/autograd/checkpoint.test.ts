import { beforeEach, expect, test } from 'vitest';
import {
  autograd,
  checkpoint,
  dropout,
  getRngState,
  manualSeed,
  ones,
  record,
  tensor,
  useBackend,
  type Tensor,
} from '../index.ts';
import { reference } from '../testing/reference.ts';

beforeEach(async () => {
  await useBackend(reference());
});

const leaf = (...values: number[]): Tensor => tensor(values, { requiresGrad: true });

test('a replayed step draws one mask for both of its runs, and a new one each time', () => {
  manualSeed(3);
  const x = ones([64], { requiresGrad: true });
  let y = x;
  const recording = record(() => {
    x.grad = null;
    y = checkpoint((v) => dropout(v.mul(1)), x);
    y.sum().backward();
  });
  const masks = new Set<string>();
  for (let k = 0; k < 4; k++) {
    expect(y.dataSync()).toEqual(x.grad?.dataSync());
    masks.add(String(y.dataSync()));
    recording.replay();
  }
  expect(masks.size).toBe(4);
});

test('what comes back as it went in stays a leaf', () => {
  const x = leaf(1, 2);
  const y = checkpoint((v) => v, x);
  y.sum().backward();
  expect([x.isLeaf, y === x, x.grad?.toArraySync()]).toEqual([true, false, [1, 1]]);
});

test('is refused where gradients do not end in leaves, or are to have a graph', () => {
  const [x, w] = [leaf(1, 2), leaf(3, 4)];
  const y = checkpoint((v) => v.mul(w), x).sum();
  const message = 'checkpoint: its gradient goes into the .grad of leaves and has no graph';
  expect(() => autograd.grad(y, x, { retainGraph: true })).toThrow(message);
  expect(() => y.backward({ createGraph: true })).toThrow(message);
  expect(w.grad).toBe(null);
});

test('the generator goes on from where it was, even where the second run fails', () => {
  let runs = 0;
  const y = checkpoint(
    (v) => {
      if (runs++ > 0) throw new Error('second run');
      return dropout(v);
    },
    leaf(1, 2),
  );
  manualSeed(5);
  const before = getRngState();
  expect(() => y.sum().backward()).toThrow('second run');
  expect(getRngState()).toEqual(before);
});
