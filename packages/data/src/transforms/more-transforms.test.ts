import { eye, Generator, manualSeed, tensor, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import * as transforms from './index.ts';
import { hostForm } from './transform.ts';

beforeAll(() => useBackend(reference()));

const { ColorJitter, Compose, FiveCrop, GaussianBlur, LinearTransformation, Pad, RandomAffine, RandomApply } =
  transforms;
const { RandomChoice, RandomErasing, RandomOrder, RandomResizedCrop, TenCrop, ToTensor } = transforms;

const image = (...shape: number[]): Tensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, k) => k),
    { shape },
  );
const add = (n: number) => (x: number) => x + n;
const times = (n: number) => (x: number) => x * n;
const many = <Out>(make: (generator: Generator) => Out): Out[] => {
  const generator = new Generator().manualSeed(4);
  return Array.from({ length: 400 }, () => make(generator));
};

describe('RandomApply', () => {
  test('does all or nothing, as one uniform says', () => {
    const apply = new RandomApply([add(1), times(10)], { p: 0.25 });
    const seen = many((generator) => apply(2, generator));
    expect(new Set(seen)).toEqual(new Set([2, 30]));
    expect(seen.filter((n) => n === 30).length / 400).toBeCloseTo(0.25, 1);
    const [first, second] = [manualSeed(1).clone(), manualSeed(1)];
    expect(new RandomApply([add(1)])(0)).toBe((first.random() & 0xffffff) / 2 ** 24 <= 0.5 ? 1 : 0);
    expect(second.random()).toBe(first.random());
    expectTypeOf(apply(1)).toEqualTypeOf<number>();
  });
});

describe('RandomChoice', () => {
  test('takes one, by weight', () => {
    const seen = many((generator) => new RandomChoice([add(1), add(2), add(3)], { p: [1, 0, 3] })(0, generator));
    expect(new Set(seen)).toEqual(new Set([1, 3]));
    expect(seen.filter((n) => n === 3).length / 400).toBeCloseTo(0.75, 1);
    expect(new Set(many((generator) => new RandomChoice([add(1), add(2), add(3)])(0, generator))).size).toBe(3);
  });
});

describe('RandomOrder', () => {
  test('does all, in any order', () => {
    const seen = many((generator) => new RandomOrder([add(1), times(2), times(-1)])(1, generator));
    expect(new Set(seen)).toEqual(new Set([-4, -3, -1, 0].filter((n) => seen.includes(n))));
    expect(new Set(seen).size).toBeGreaterThan(2);
  });
});

describe('FiveCrop and TenCrop', () => {
  test('take the corners and the middle, and those of the mirrored image', async () => {
    const x = image(1, 3, 4);
    const read = (crops: readonly Tensor[]) => Promise.all(crops.map(async (crop) => [...(await crop.data())]));
    const five = await read(new FiveCrop([1, 2])(x));
    expect(five).toEqual([[0, 1], [2, 3], [8, 9], [10, 11], [5, 6]]); // prettier-ignore
    const mirrored = [[3, 2], [1, 0], [11, 10], [9, 8], [6, 5]]; // prettier-ignore
    expect(await read(new TenCrop([1, 2])(x))).toEqual([...five, ...mirrored]);
    const flipped = [[8, 9], [10, 11], [0, 1], [2, 3], [5, 6]]; // prettier-ignore
    expect(await read(new TenCrop([1, 2], { verticalFlip: true })(x))).toEqual([...five, ...flipped]);
    expectTypeOf(new FiveCrop(1)(x)[4]).toEqualTypeOf<Tensor>();
  });
});

describe('LinearTransformation', () => {
  test('multiplies what is left after the mean', async () => {
    const matrix = eye(6).mul(2);
    const y = new LinearTransformation(matrix, tensor([0, 1, 2, 3, 4, 5]))(image(2, 1, 2, 3));
    expect([y.shape, [...(await y.data())]]).toEqual([
      [2, 1, 2, 3],
      [0, 0, 0, 0, 0, 0, 12, 12, 12, 12, 12, 12],
    ]);
  });
});

test('those that move pixels run on the host, others need tensors', () => {
  const steps = [new Pad(1), new RandomResizedCrop(4), new RandomAffine(10)];
  expect(hostForm(new Compose([new ToTensor(), ...steps]))).toBeDefined();
  expect(hostForm(new Compose([new ToTensor(), new ColorJitter({ hue: 0.1 })]))).toBeUndefined();
});

test('an image without pixels stays one', () => {
  for (const interpolation of ['nearest', 'bilinear'] as const) {
    expect(new RandomAffine(10, { interpolation })(image(3, 0, 4)).shape).toEqual([3, 0, 4]);
  }
});

test('gradients flow through changes of colour', async () => {
  const x = image(3, 3, 3).div(30).requiresGrad_();
  const blur = new GaussianBlur(3, { sigma: 1 });
  blur(new ColorJitter({ brightness: [0.5, 0.5] })(x))
    .sum()
    .backward();
  const total = (await x.grad!.sum().item()) as number;
  expect(total).toBeCloseTo(13.5, 4);
});

test('RandomErasing erases in place where it shall', async () => {
  const x = image(1, 6, 6);
  const y = new RandomErasing({ p: 1, value: -1, inplace: true, scale: [0.1, 0.2] })(x, new Generator());
  expect(await y.data()).toEqual(await x.data());
  expect([...(await x.data())].filter((n) => n === -1).length).toBeGreaterThan(1);
  const kept = image(1, 6, 6);
  new RandomErasing({ p: 1, value: -1 })(kept, new Generator());
  expect(await kept.data()).toEqual(await image(1, 6, 6).data());
});

test.each<[string, () => unknown]>([
  ['RandomApply: the probability p is 2. Pass one between 0 and 1.', () => new RandomApply([add(1)], { p: 2 })],
  ['RandomApply: there are no transforms. Pass at least one.', () => new RandomApply([])],
  [
    'RandomOrder: step 1 is no transform but undefined. Pass functions.',
    () => new RandomOrder([add(1), undefined as never]),
  ],
  ['RandomChoice: p has 1 weights for 2 transforms. Pass one for each.', () => new RandomChoice([add(1), add(2)], { p: [1] })], // prettier-ignore
  ['RandomChoice: p is [0]. Pass weights >= 0, one of them greater than 0.', () => new RandomChoice([add(1)], { p: [0] })], // prettier-ignore
  ['FiveCrop: the crop of 4 x 4 is larger than the image of 3 x 5. Resize or pad first.', () => new FiveCrop(4)(image(1, 3, 5))], // prettier-ignore
  ['GaussianBlur: kernelSize is [2, 2]. Pass odd numbers.', () => new GaussianBlur(2)],
  ['GaussianBlur: sigma [0, 0] is no range.', () => new GaussianBlur(3, { sigma: 0 })],
  ['ColorJitter: brightness is -1. Pass a number >= 0, or [from, to], that stays from 0 on.', () => new ColorJitter({ brightness: -1 })], // prettier-ignore
  ['ColorJitter: hue is 0.6. Pass a number >= 0, or [from, to], that stays between -0.5 and 0.5.', () => new ColorJitter({ hue: 0.6 })], // prettier-ignore
  ['ColorJitter: contrast is [2, 1].', () => new ColorJitter({ contrast: [2, 1] })],
  ['ColorJitter: it takes images of 1 or 3 channels, but got 4.', () => new ColorJitter()(image(4, 2, 2))],
  ['RandomErasing: scale [0.5, 1.5] is more than the image.', () => new RandomErasing({ scale: [0.5, 1.5] })],
  ['RandomErasing: value has 2 numbers, the image 3 channels.', () => new RandomErasing({ p: 1, value: [1, 2] })(image(3, 4, 4))], // prettier-ignore
  ["RandomErasing: value is 'randm'. Pass 'random',", () => new RandomErasing({ value: 'randm' as never })],
  ['RandomResizedCrop: scale [1, 0.5] is no range.', () => new RandomResizedCrop(3, { scale: [1, 0.5] })],
  ['RandomResizedCrop: ratio [0, 1] is no range.', () => new RandomResizedCrop(3, { ratio: [0, 1] })],
  ['RandomAffine: translate is [2, 0]. Pass two parts between 0 and 1.', () => new RandomAffine(0, { translate: [2, 0] })], // prettier-ignore
  ['RandomAffine: scale [0, 1] is no range.', () => new RandomAffine(0, { scale: [0, 1] })],
  ['RandomAffine: shear [1] is no range.', () => new RandomAffine(0, { shear: [1] as never })],
  ['RandomAffine: degrees [3, -3] is no range.', () => new RandomAffine(-3)],
  ['RandomPosterize: bits is 9. Pass an integer from 0 to 8.', () => new transforms.RandomPosterize(9)],
  ['RandomPosterize: it takes uint8, but got float32.', () => new transforms.RandomPosterize(3, { p: 1 })(image(1, 2, 2))], // prettier-ignore
  ['RandomEqualize: it takes uint8, but got float32.', () => new transforms.RandomEqualize({ p: 1 })(image(1, 2, 2))],
  ['RandomSolarize: threshold is 2, but images of float32 reach 1.', () => new transforms.RandomSolarize(2, { p: 1 })(image(1, 2, 2))], // prettier-ignore
  ['RandomAdjustSharpness: sharpnessFactor is -1. Pass a number >= 0.', () => new transforms.RandomAdjustSharpness(-1)],
  ['RandomInvert: the probability p is -1.', () => new transforms.RandomInvert({ p: -1 })],
  ['ConvertImageDtype: float32 cannot become int32 without errors.', () => new transforms.ConvertImageDtype('int32')(image(2))], // prettier-ignore
  ['ConvertImageDtype: there is no dtype "float23".', () => new transforms.ConvertImageDtype('float23' as never)],
  ['ConvertImageDtype: bool has no range of values.', () => new transforms.ConvertImageDtype('bool')],
  ['LinearTransformation: the matrix is [2, 3]. Pass a square one.', () => new LinearTransformation(image(2, 3), image(2))], // prettier-ignore
  ['LinearTransformation: the mean is [2], the matrix [3, 3].', () => new LinearTransformation(eye(3), image(2))],
  ['LinearTransformation: an image [1, 2, 2] has 4 numbers, the matrix 3 rows.', () => new LinearTransformation(eye(3), image(3))(image(1, 2, 2))], // prettier-ignore
])('%s', (message, call) => {
  expect(call).toThrow(message);
});
