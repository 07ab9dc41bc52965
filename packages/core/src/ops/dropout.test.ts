import { beforeAll, describe, expect, test } from 'vitest';
import {
  autograd,
  dropout,
  Generator,
  manualSeed,
  ones,
  randn,
  record,
  tensor,
  useBackend,
  type Tensor,
} from '../index.ts';
import { reference } from '../testing/reference.ts';
import { philox } from './counter-noise.ts';
import { loopOp, runLoop } from './loop.ts';

beforeAll(async () => {
  await useBackend(reference());
});

describe('philox', () => {
  const words = loopOp('words', (k) => k.perElement(philox(k.input(0), k.scalar('int32'), k.scalar('int32'))));

  // The known answers that Random123 publishes for philox2x32-10: counter (position, stream), key, first word.
  test.each([
    [0, 0, 0, 0xff1dae59],
    [0xffffffff, 0xffffffff, 0xffffffff, 0x2c3f628b],
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0xdd7ce038],
  ])('counter (%i, %i), key %i', (position, stream, key, word) => {
    const at = tensor([position | 0], { dtype: 'int32' });
    const [made] = runLoop(words([at]), [at], { scalars: [key | 0, stream | 0] });
    expect((made as Tensor).itemSync() >>> 0).toBe(word);
  });
});

describe('dropout', () => {
  test('keeps about 1 − p of the elements, scaled', () => {
    manualSeed(0);
    const y = dropout(ones([4000]), { p: 0.2 });
    const kept = y.ne(0).sum().itemSync();
    expect(kept).toBeGreaterThan(3100);
    expect(kept).toBeLessThan(3300);
    expect(y.amax().itemSync()).toBe(1.25);
  });

  test('is the same for the same seed, whatever the strides, and another at each call', () => {
    const x = randn([20, 30]);
    const draw = (v: Tensor): unknown => {
      manualSeed(1);
      return dropout(v).toArraySync();
    };
    expect(draw(x)).toEqual(draw(x));
    expect(draw(x.t().contiguous().t())).toEqual(draw(x));
    expect(dropout(x).toArraySync()).not.toEqual(dropout(x).toArraySync());
  });

  test('takes its key from the generator given', () => {
    const x = ones([50]);
    const first = dropout(x, { generator: new Generator().manualSeed(3) });
    expect(dropout(x, { generator: new Generator().manualSeed(3) }).toArraySync()).toEqual(first.toArraySync());
  });

  test('draws anew when replayed', () => {
    const x = ones([100]);
    let y: Tensor | undefined;
    const recording = record(() => void (y = dropout(x)));
    const before = y?.toArraySync();
    recording.replay();
    expect(y?.toArraySync()).not.toEqual(before);
  });

  test('the gradient has the mask of the call', () => {
    const x = ones([6, 7]).requiresGrad_();
    const y = dropout(x, { p: 0.4 });
    y.sum().backward();
    expect(x.grad?.toArraySync()).toEqual(y.detach().toArraySync());
    const v = randn([12], { dtype: 'float64', requiresGrad: true });
    const fixed = (u: Tensor): Tensor => {
      manualSeed(2);
      return dropout(u.square());
    };
    expect(autograd.gradcheck(fixed, [v])).toBe(true);
    expect(autograd.gradgradcheck(fixed, [v])).toBe(true);
  });

  test('at its ends and outside of training', () => {
    const x = tensor([1, NaN, 3]);
    expect(dropout(x, { p: 0 })).toBe(x);
    expect(dropout(x, { training: false })).toBe(x);
    expect(dropout(tensor([1, 2]), { p: 1 }).toArraySync()).toEqual([0, 0]);
    expect(() => dropout(x, { p: 1.5 })).toThrow('dropout: the probability is 1.5. It must lie in [0, 1].');
  });
});
