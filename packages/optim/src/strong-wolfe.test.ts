import fc from 'fast-check';
import { expect, test } from 'vitest';
import { interpolate, strongWolfe, type Trial } from './strong-wolfe.ts';

type Line = (step: number) => { readonly loss: number; readonly slope: number };

async function search(
  line: Line,
  first: number,
): Promise<{ start: Trial<number>; found: Trial<number>; tried: number }> {
  let tried = 0;
  const at = (step: number): Trial<number> => ({ step, ...line(step), grad: step });
  const start = at(0);
  const evaluate = (step: number): Promise<Trial<number>> => {
    tried++;
    return Promise.resolve(at(step));
  };
  return { start, found: await strongWolfe(evaluate, start, first, { size: 1, toleranceChange: 0 }), tried };
}

const number = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true });

test('what it finds is low and flat enough', async () => {
  const given = fc.record({ a: number(0, 2), b: number(0.1, 5), c: number(-8, -0.1), wave: number(0, 0.05), first: number(0.01, 100) }); // prettier-ignore
  await fc.assert(
    fc.asyncProperty(given, async ({ a, b, c, wave, first }) => {
      const line: Line = (t) => ({
        loss: a * t ** 4 + b * t ** 2 + c * t + wave * Math.cos(5 * t),
        slope: 4 * a * t ** 3 + 2 * b * t + c - 5 * wave * Math.sin(5 * t),
      });
      const { start, found, tried } = await search(line, first);
      expect(found.loss).toBeLessThanOrEqual(start.loss + 1e-4 * found.step * start.slope);
      expect(Math.abs(found.slope)).toBeLessThanOrEqual(0.9 * Math.abs(start.slope));
      expect(found.grad).toBe(found.step);
      expect(tried).toBeLessThanOrEqual(26);
    }),
  );
});

test('a point that is good at once is taken', async () => {
  const { found, tried } = await search((t) => ({ loss: (t - 1) ** 2, slope: 2 * (t - 1) }), 1);
  expect([found.step, tried]).toEqual([1, 1]);
});

test('a loss that only falls is followed outwards, not for ever', async () => {
  const { found, tried } = await search((t) => ({ loss: -t, slope: -1 }), 1);
  expect(found.step).toBeGreaterThan(1e6);
  expect(tried).toBe(26);
});

test('where nothing is better, it stays where it was', async () => {
  const { found } = await search((t) => (t === 0 ? { loss: 0, slope: -1 } : { loss: 1, slope: 1 }), 1);
  expect(found.step).toBe(0);
});

test('a loss that is NaN ends, at a point that is none', async () => {
  const { found, tried } = await search((t) => (t === 0 ? { loss: 0, slope: -1 } : { loss: NaN, slope: NaN }), 1);
  expect(tried).toBeLessThanOrEqual(26);
  expect(found).toBeDefined();
});

test('interpolation finds the minimum of a cubic, from either side, within bounds', () => {
  const cubic = (step: number): Trial<number> => ({
    step,
    loss: step ** 3 - 3 * step,
    slope: 3 * step ** 2 - 3,
    grad: 0,
  });
  expect(interpolate(cubic(0), cubic(3))).toBeCloseTo(1, 12);
  expect(interpolate(cubic(3), cubic(0))).toBeCloseTo(1, 12);
  expect(interpolate(cubic(0), cubic(3), [1.5, 2])).toBe(1.5);
  // No cubic minimum: the middle.
  const line = (step: number, loss: number): Trial<number> => ({ step, loss, slope: 1, grad: 0 });
  expect(interpolate(line(0, 0), line(2, 1))).toBe(1);
});
