// A backend without conv must give what one with it gives, whatever the direction.

import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { manualSeed, openBackend, randn, record, tensor, type Backend, type Device, type Tensor } from '../index.ts';
import { checked, reference } from '../testing/index.ts';
import { convolution, type Side, type TrilinearForm } from './convolution.ts';

let [full, lacking] = [undefined, undefined] as unknown as [Device, Device];
const launched: string[] = [];

beforeAll(async () => {
  full = await openBackend(checked(reference()));
  const backend = await reference().create();
  const without: Backend = {
    ...backend,
    name: 'without conv',
    supports: (program) => program.kind !== 'conv',
    run(launch) {
      launched.push(launch.program.kind);
      backend.run(launch);
    },
  };
  // `checked` throws where a program arrives that is not supported.
  lacking = await openBackend(checked({ name: without.name, create: () => without }));
  manualSeed(5);
});

const perDim = (rank: number, min: number, max: number): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min, max }), { minLength: rank, maxLength: rank });

const forms = fc.integer({ min: 1, max: 3 }).chain((rank) =>
  fc
    .record({
      n: fc.integer({ min: 1, max: 3 }),
      groups: fc.integer({ min: 1, max: 3 }),
      ci: fc.integer({ min: 1, max: 2 }),
      co: fc.integer({ min: 1, max: 2 }),
      image: perDim(rank, 1, 6),
      kernel: perDim(rank, 1, 3),
      stride: perDim(rank, 1, 3),
      padding: perDim(rank, 0, 3),
      dilation: perDim(rank, 1, 3),
      /** Windows more or fewer than the image has room for: 'same' and output padding do that. */
      more: perDim(rank, -1, 1),
    })
    .map(({ n, groups, ci, co, image, kernel, stride, padding, dilation, more }): TrilinearForm => {
      const out = image.map((size, d) => {
        const room = size + 2 * padding[d]! - (kernel[d]! - 1) * dilation[d]! - 1;
        return Math.max(1, Math.floor(room / stride[d]!) + 1 + more[d]!);
      });
      return {
        groups,
        geometry: { stride, padding, dilation },
        shapes: { x: [n, groups * ci, ...image], w: [groups * co, ci, ...kernel], y: [n, groups * co, ...out] },
      };
    }),
);

const copyTo = (x: Tensor, device: Device): Tensor =>
  tensor(x.dataSync(), { shape: [...x.shape], dtype: x.dtype, device });

describe.each<{ wanted: Side }>([{ wanted: 'y' }, { wanted: 'x' }, { wanted: 'w' }])('computing $wanted', ({ wanted }) => {
  test('gives the same by a loop, with and without a bias', () => {
    fc.assert(
      fc.property(forms, fc.boolean(), fc.boolean(), (form, withBias, turned) => {
        const make = (shape: readonly number[]): Tensor => randn(shape, { dtype: 'float64', device: full });
        const sides = { x: make(form.shapes.x), w: make(form.shapes.w), y: make(form.shapes.y), [wanted]: undefined };
        const bias = withBias ? make([form.shapes[wanted][1] ?? 0]) : undefined;
        const run = (device: Device): Tensor => {
          const there = (t: Tensor | undefined): Tensor | undefined => {
            if (!t) return undefined;
            const copy = copyTo(t, device);
            // The same numbers, walked the other way round.
            return turned ? copy.transpose(0, -1).clone().transpose(0, -1) : copy;
          };
          const given = Object.fromEntries(Object.entries(sides).flatMap(([side, t]) => (t ? [[side, there(t)]] : [])));
          return convolution('conv', form, given, there(bias));
        };
        const [expected, actual] = [run(full).dataSync(), run(lacking).dataSync()];
        expect(actual.length).toBe(expected.length);
        actual.forEach((v, k) => expect(v).toBeCloseTo(expected[k] ?? NaN, 10));
      }),
      { numRuns: 50 },
    );
    expect(launched).toContain('loop');
    expect(launched).not.toContain('conv');
  });
}); // prettier-ignore

test('sums over nothing are 0, and the bias is still added', () => {
  const shapes = { x: [0, 2, 3], w: [2, 2, 2], y: [0, 2, 2] };
  const form = { groups: 1, geometry: { stride: [1], padding: [0], dilation: [1] }, shapes };
  const none = (shape: readonly number[]): Tensor => randn(shape, { device: lacking });
  expect([...convolution('conv', form, { x: none(shapes.x), y: none(shapes.y) }).dataSync()]).toEqual(Array(8).fill(0));
});

test('a recording keeps the convolution, and replays it as a loop', () => {
  const form = {
    groups: 1,
    geometry: { stride: [1], padding: [0], dilation: [1] },
    shapes: { x: [1, 1, 3], w: [1, 1, 2], y: [1, 1, 2] },
  };
  const x = tensor([1, 2, 3], { device: lacking }).reshape([1, 1, 3]);
  const w = tensor([1, 10], { device: lacking }).reshape([1, 1, 2]);
  let y = x;
  const recording = record(() => (y = convolution('conv', form, { x, w })));
  expect(recording.programs.map((p) => p.kind)).toEqual(['conv']);
  x.add_(1);
  recording.replay();
  expect(y.toArraySync()).toEqual([[[32, 43]]]);
});

test('without padding no guard is left', () => {
  const seen: string[] = [];
  const { backend } = lacking;
  const run = backend.run.bind(backend);
  backend.run = (launch) => {
    seen.push(...launch.operands.map((o) => String(o.guards?.length ?? 0)));
    run(launch);
  };
  const form = {
    groups: 1,
    geometry: { stride: [2], padding: [0], dilation: [1] },
    shapes: { x: [1, 1, 5], w: [1, 1, 3], y: [1, 1, 2] },
  };
  const of = (shape: readonly number[]): Tensor => randn(shape, { device: lacking });
  convolution('conv', form, { x: of([1, 1, 5]), w: of([1, 1, 3]) });
  backend.run = run;
  expect(seen).toEqual(['0', '0', '0']);
});
