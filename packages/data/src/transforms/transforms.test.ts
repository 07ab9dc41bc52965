import {
  defaultGenerator,
  Generator,
  isFloat,
  manualSeed,
  stack,
  tensor,
  useBackend,
  type DType,
  type Tensor,
} from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import fc from 'fast-check';
import { beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import fixtures from '../../fixtures/transforms.json' with { type: 'json' };
import type { PixelImage } from '../pixel-image.ts';
import * as transforms from './index.ts';
import { hostForm, type Transform } from './transform.ts';

beforeAll(() => useBackend(reference()));

const { CenterCrop, Compose, Grayscale, Lambda, Normalize, RandomCrop, RandomHorizontalFlip, RandomRotation } =
  transforms;
const { RandomVerticalFlip, Resize, ToTensor } = transforms;

type ImageTransform = Transform<Tensor, Tensor>;
type Maker = new (...args: unknown[]) => ImageTransform;

const size = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);

/** What the fixtures' script calls an image. */
function image(shape: readonly number[], dtype: DType = 'float32'): Tensor {
  const numbers = Array.from({ length: size(shape) }, (_, k) => (k * 37) % 101);
  return tensor(isFloat(dtype) ? numbers.map((n) => n / 101) : numbers, { shape, dtype });
}

function expectClose(found: ArrayLike<number>, expected: readonly number[], tolerance = 5e-6): void {
  expect(found.length).toBe(expected.length);
  expected.forEach((value, i) => {
    if (!(Math.abs((found[i] ?? NaN) - value) <= tolerance * Math.max(1, Math.abs(value))))
      throw new Error(`${found[i]} at ${i}, expected ${value}`);
  });
}

const cases = fixtures.cases.map((example) => ({
  ...example,
  given: JSON.stringify([...example.args, example.options]),
}));

test.each(cases)('$name $given of $dtype $shape, seed $seed: as torchvision', async (example) => {
  const { name, args, options, shape, outShape, values, seed, nextDraw } = example;
  const transform = new (transforms as unknown as Record<string, Maker>)[name]!(...args, options);
  const dtype = example.dtype as DType;
  const outDtype = example.outDtype as DType;
  const x = image(shape, dtype);
  const draw = () => defaultGenerator().random() % (2 ** 31 - 1);

  manualSeed(seed);
  const y = transform(x);
  expect(draw()).toBe(nextDraw);
  expect([y.shape, y.dtype]).toEqual([outShape, outDtype]);
  expectClose(await y.data(), values);

  // A batch is transformed as a whole, and a generator is drawn from like the default one.
  const generator = new Generator().manualSeed(seed);
  const batch = transform(stack([x, x]), generator);
  expect(batch.shape).toEqual([2, ...outShape]);
  expectClose(await batch.data(), [...values, ...values]);
  expect(generator.random() % (2 ** 31 - 1)).toBe(nextDraw);

  const onHost = hostForm(transform);
  if (dtype !== 'float32' || !onHost) return;
  manualSeed(seed);
  const [channels = 0, height = 0, width = 0] = shape;
  const data = Float32Array.from(await x.data());
  const made = onHost({ data, channels, height, width });
  expect(draw()).toBe(nextDraw);
  expect([made.channels, made.height, made.width]).toEqual(outShape);
  expectClose(made.data, values);
});

/** Any image transform that takes any image of 3 channels. */
const someTransform: fc.Arbitrary<ImageTransform> = fc.oneof(
  fc
    .record({ size: fc.integer({ min: 1, max: 9 }), padding: fc.integer({ min: 0, max: 3 }) })
    .map(({ size, padding }) => new RandomCrop(size, { padding, padIfNeeded: true, fill: 0.25 })),
  fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })).map((size) => new CenterCrop(size)),
  fc.double({ min: 0, max: 1, noNaN: true }).map((p) => new RandomHorizontalFlip({ p })),
  fc.double({ min: 0, max: 1, noNaN: true }).map((p) => new RandomVerticalFlip({ p })),
  fc.constantFrom('nearest' as const, 'bilinear' as const).chain((interpolation) =>
    fc.oneof(
      fc
        .record({ degrees: fc.integer({ min: 0, max: 180 }), expand: fc.boolean() })
        .map(({ degrees, expand }) => new RandomRotation(degrees, { interpolation, expand, fill: [0.1, 0.5, 2] })),
      fc
        .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
        .map((size) => new Resize(size, { interpolation })),
    ),
  ),
  fc.constant(new Grayscale({ numOutputChannels: 3 })),
  fc.constant(new Normalize([0.1, 0.2, 0.3], [0.5, 0.6, 0.7])),
);

test('composed in any way, the host makes what tensors make, and draws the same', async () => {
  const shape = fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(someTransform, { maxLength: 4 }),
      shape,
      fc.nat(),
      async (steps, [height, width], seed) => {
        const transform = new Compose([new ToTensor(), ...steps]) as Transform<PixelImage, Tensor>;
        const bytes = Uint8Array.from({ length: 3 * height * width }, (_, i) => (i * 89 + seed) % 256);
        const pixels = { data: bytes, width, height, channels: 3 };
        const generators = [0, 1].map(() => new Generator().manualSeed(seed));
        const x = transform(pixels, generators[0]);
        const made = hostForm(transform)!(pixels, generators[1]);
        expect(x.shape).toEqual([made.channels, made.height, made.width]);
        expectClose(made.data, [...(await x.data())], 1e-5);
        expect(generators[0]!.random()).toBe(generators[1]!.random());
      },
    ),
    { numRuns: 60 },
  );
});

test('gradients flow through tensors', async () => {
  const x = image([3, 4, 4]).requiresGrad_();
  new Compose([new Normalize(0, 0.5), new RandomRotation([90, 90]), new CenterCrop(2)])(x).sum().backward();
  expect([...(await x.grad!.sum([0]).flatten().data())]).toEqual([0, 0, 0, 0, 0, 6, 6, 0, 0, 6, 6, 0, 0, 0, 0, 0]);
});

test('what lies outside of an image of NaN is the fill all the same', async () => {
  const shifted = new RandomRotation([0, 0], { center: [0, 0], fill: 5, interpolation: 'bilinear' });
  const turned = new RandomRotation([180, 180], { center: [-4, 0], fill: 5, interpolation: 'bilinear' });
  const x = tensor(new Float32Array(4).fill(NaN), { shape: [1, 2, 2] });
  expect((await shifted(x).data()).every(Number.isNaN)).toBe(true);
  expect([...(await turned(x).data())]).toEqual([5, 5, 5, 5]);
});

describe('ToTensor', () => {
  const bytes = Uint8Array.from([0, 51, 102, 153, 204, 255, 1, 2, 3, 4, 5, 6]);

  test('makes planes of pixels', async () => {
    for (const data of [bytes, Uint8ClampedArray.from(bytes)]) {
      const x = new ToTensor()({ data, width: 2, height: 2, channels: 3 });
      expect([x.dtype, x.shape]).toEqual(['float32', [3, 2, 2]]);
      expect([...(await x.mul(255).round().data())]).toEqual([0, 153, 1, 4, 51, 204, 2, 5, 102, 255, 3, 6]);
      expect((await x.data())[4]).toBe(Math.fround(0.2));
    }
  });

  test('refuses bytes of another number, and what is no image', () => {
    expect(() => new ToTensor()({ data: bytes, width: 2, height: 2, channels: 4 })).toThrow(
      'ToTensor: 2 x 2 pixels of 4 channels need 16 bytes, there are 12. Check width, height and channels.',
    );
    expect(() => new ToTensor()(image([1, 2, 2]) as never)).toThrow(
      'ToTensor: it takes an image as bytes, { data, width, height, channels }. Leave it out for tensors.',
    );
  });
});

describe('Compose', () => {
  test('takes functions as well, and hands the generator to all', () => {
    const generator = new Generator();
    const seen: unknown[] = [];
    const compose = new Compose([
      (x: number, given?: Generator) => (seen.push(given), x + 1),
      new Lambda((x: number, given?: Generator) => (seen.push(given), `${x}`)),
    ]);
    expectTypeOf(compose).toExtend<Transform<number, string>>();
    expect(compose(1, generator)).toBe('2');
    expect(compose.forward(1)).toBe('2');
    expect(seen).toEqual([generator, generator, undefined, undefined]);
    expect(compose.transforms).toHaveLength(2);
  });

  test('knows what it takes and makes', () => {
    const compose = new Compose([new ToTensor(), new Normalize(0, 1)]);
    expectTypeOf(compose).toExtend<Transform<PixelImage, Tensor>>();
    expectTypeOf<ReturnType<typeof compose>>().toEqualTypeOf<Tensor>();
    const list: ImageTransform[] = [];
    expectTypeOf(new Compose(list)).toExtend<ImageTransform>();
    expect(new Compose([])('as it is' as never)).toBe('as it is');
  });

  test('runs on the host where all its steps do', () => {
    expect(hostForm(new Compose([new ToTensor(), new Compose([new CenterCrop(2)])]))).toBeDefined();
    expect(hostForm(new Compose([new ToTensor(), (x: Tensor) => x]))).toBeUndefined();
    expect(hostForm(new Compose([new ToTensor(), new Lambda((x: Tensor) => x)]))).toBeUndefined();
    expect(hostForm((x: Tensor) => x)).toBeUndefined();
    class Brighter extends Normalize {
      override forward(x: Tensor): Tensor {
        return super.forward(x).add(1);
      }
    }
    expect(hostForm(new (class extends Normalize {})(0, 1))).toBeDefined();
    expect(hostForm(new Compose([new ToTensor(), new Brighter(0, 1)]))).toBeUndefined();
    expect(hostForm(undefined)).toBeUndefined();
  });
});

test('a transform is a function, and of its class', () => {
  const crop = new RandomCrop(3);
  expect([typeof crop, crop instanceof RandomCrop, crop.size]).toEqual(['function', true, [3, 3]]);
  expectTypeOf(crop(image([1, 4, 4]))).toEqualTypeOf<Tensor>();
  expect([image([1, 4, 4])].map((x) => crop(x).shape)).toEqual([[1, 3, 3]]);
});

test('a sample of another backend stays there', async () => {
  const x = await image([1, 3, 3]).to('reference');
  expect(new Resize(2)(x).device).toBe(x.device);
});

test.each<[string, () => unknown]>([
  [
    'RandomCrop: it takes a tensor, but got an image as bytes. Put ToTensor before it.',
    () => new RandomCrop(2)({ data: new Uint8Array(4), width: 2, height: 2, channels: 1 } as never),
  ],
  ['Normalize: it takes a tensor, but got number. Put ToTensor before it.', () => new Normalize(0, 1)(3 as never)],
  [
    'RandomHorizontalFlip: it takes images [..., H, W], but got [4]. Reshape the tensor.',
    () => new RandomHorizontalFlip()(image([4])),
  ],
  [
    'Normalize: it takes images [..., C, H, W], but got [4, 4]. Reshape the tensor.',
    () => new Normalize(0, 1)(image([4, 4])),
  ],
  [
    'Normalize: std is [1, 0], and nothing can be divided by 0. Pass the standard deviations.',
    () => new Normalize([0, 0], [1, 0]),
  ],
  ['Normalize: mean is []. Pass a finite number for each channel.', () => new Normalize([], [1])],
  [
    'Normalize: mean has 2 numbers, the image 3 channels. Pass one number, or one for each channel.',
    () => new Normalize([0, 1], 1)(image([3, 2, 2])),
  ],
  [
    'Normalize: it takes floats, but got uint8. Convert it, for example by ToTensor.',
    () => new Normalize(0, 1)(image([1, 2, 2], 'uint8')),
  ],
  ['RandomCrop: the height should be a positive integer, but is 0. Pass an integer >= 1.', () => new RandomCrop(0)],
  [
    'RandomCrop: the width should be a positive integer, but is 2.5. Pass an integer >= 1.',
    () => new RandomCrop([1, 2.5]),
  ],
  [
    'RandomCrop: the crop of 4 x 4 is larger than the image of 3 x 5. Set { padIfNeeded: true }, or resize first.',
    () => new RandomCrop(4)(image([1, 3, 5])),
  ],
  [
    "RandomCrop: there is no paddingMode 'wrap'. Use constant, edge, reflect, symmetric.",
    () => new RandomCrop(4, { paddingMode: 'wrap' as never }),
  ],
  [
    'RandomCrop: padding should be an integer, or 1, 2 or 4 of them, but is [1, 2, 3]. Pass [left, top, right, bottom].',
    () => new RandomCrop(4, { padding: [1, 2, 3] as never }),
  ],
  [
    'RandomCrop: padding 3 asks the mode reflect for more than the 3 pixels have. Use at most 2.',
    () => new RandomCrop(4, { padding: 3, paddingMode: 'reflect' })(image([1, 3, 3])),
  ],
  [
    'RandomCrop: padding 4 asks the mode symmetric for more than the 3 pixels have. Use at most 3.',
    () => new RandomCrop(4, { padding: 4, paddingMode: 'symmetric' })(image([1, 3, 3])),
  ],
  [
    'RandomCrop: padding -1 cannot be symmetric. Use numbers >= 0.',
    () => new RandomCrop(1, { padding: -1, paddingMode: 'symmetric' })(image([1, 3, 3])),
  ],
  [
    'RandomCrop: padding -2 and -2 leaves nothing of 3 pixels. Cut off less.',
    () => new RandomCrop(1, { padding: -2 })(image([1, 3, 3])),
  ],
  ['RandomHorizontalFlip: the probability p is 2. Pass one between 0 and 1.', () => new RandomHorizontalFlip({ p: 2 })],
  ['RandomVerticalFlip: the probability p is NaN. Pass one between 0 and 1.', () => new RandomVerticalFlip({ p: NaN })],
  ['RandomRotation: degrees is -1. Pass a number >= 0, or [from, to].', () => new RandomRotation(-1)],
  ['RandomRotation: degrees [3, 1] is no range. Pass [from, to] with from <= to.', () => new RandomRotation([3, 1])],
  [
    'RandomRotation: center should be [x, y], but is [1]. Pass two finite numbers.',
    () => new RandomRotation(1, { center: [1] as never }),
  ],
  [
    "RandomRotation: there is no interpolation 'cubic'. Use 'nearest' or 'bilinear'.",
    () => new RandomRotation(1, { interpolation: 'cubic' as never }),
  ],
  [
    'RandomRotation: fill has 2 numbers, the image 3 channels. Pass one number, or one for each channel.',
    () => new RandomRotation(1, { fill: [1, 2] })(image([3, 2, 2])),
  ],
  ['Resize: maxSize is 4, the shorter side 4. Pass a greater maxSize.', () => new Resize(4, { maxSize: 4 })],
  ['Resize: maxSize 9 is given with both sides, [4, 5]. Leave one out.', () => new Resize([4, 5], { maxSize: 9 })],
  ['Resize: an image of 1 x 100 with maxSize 2 would have no pixels. Pass a larger maxSize.', () => new Resize(1, { maxSize: 2 })(image([1, 1, 100]))], // prettier-ignore
  ['Resize: an image of 0 x 4 has no pixels to resize. Pass one that has.', () => new Resize(4)(image([1, 0, 4]))],
  [
    'Grayscale: it takes images of 1 or 3 channels, but got 4. Leave out alpha first.',
    () => new Grayscale()(image([4, 2, 2])),
  ],
  ['Grayscale: numOutputChannels is 2. Pass 1 or 3.', () => new Grayscale({ numOutputChannels: 2 as never })],
  ['Lambda: it takes a function, but got number. Pass one.', () => new Lambda(3 as never)],
  [
    'Compose: step 1 is no transform but undefined. Pass functions.',
    () => new Compose([(x: number) => x, undefined as never]),
  ],
])('%s', (message, call) => {
  expect(call).toThrow(message);
});
