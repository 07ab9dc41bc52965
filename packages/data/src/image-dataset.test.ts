import { defaultGenerator, Generator, manualSeed, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import { DataLoader } from './data-loader.ts';
import { Digits } from './digits/digits.ts';
import { ImageDataset } from './image-dataset.ts';
import { transforms } from './index.ts';
import type { PixelImage } from './pixel-image.ts';

beforeAll(() => useBackend(reference()));

const { Compose, Normalize, RandomCrop, RandomHorizontalFlip, RandomRotation, ToTensor } = transforms;

const bytes = { images: Uint8Array.of(0, 255, 51, 1, 2, 3), labels: Uint8Array.of(7, 9), rows: 1, cols: 3 };
const seen = async (t: Tensor) => ({ dtype: t.dtype, shape: t.shape, data: [...(await t.data())] });

describe('ImageDataset', () => {
  test('gives bytes / 255 as float32 and the class as an int32 scalar', async () => {
    const [image, label] = new ImageDataset(bytes).get(0);
    expect(await seen(image)).toEqual({ dtype: 'float32', shape: [1, 1, 3], data: [0, 1, Math.fround(0.2)] });
    expect(await seen(label)).toEqual({ dtype: 'int32', shape: [], data: [7] });
  });

  test('gives batches in the order asked for', async () => {
    const [images, labels] = new ImageDataset(bytes).getBatch([1, 0, 1]);
    expect(images.shape).toEqual([3, 1, 1, 3]);
    expect([...(await images.data())].map((x) => Math.round(x * 255))).toEqual([1, 2, 3, 0, 255, 51, 1, 2, 3]);
    expect(await seen(labels)).toEqual({ dtype: 'int32', shape: [3], data: [9, 7, 9] });
    expect(new ImageDataset(bytes).getBatch([])[0].shape).toEqual([0, 1, 1, 3]);
  });

  test('normalises to the last bit as torchvision does', async () => {
    const all = { images: Uint8Array.from({ length: 256 }, (_, i) => i), labels: Uint8Array.of(0), rows: 16, cols: 16 };
    const [image] = new ImageDataset(all, { normalize: { mean: 0.1307, std: 0.3081 } }).get(0);
    const data = await image.data();
    // ((torch.arange(256) / 255) - 0.1307) / 0.3081 in float32, of these bytes.
    expect([0, 1, 2, 3, 100, 200, 254, 255].map((byte) => data[byte])).toEqual([
      -0.4242129623889923, -0.4114847183227539, -0.3987565040588379, -0.3860282599925995, 0.8486104011535645,
      2.121433973312378, 2.808758497238159, 2.821486711502075,
    ]);
  });

  test('refuses what does not fit together', () => {
    expect(() => new ImageDataset({ ...bytes, rows: 2 })).toThrow(
      'ImageDataset: 2 labels of 2 x 3 pixels need 12 bytes, there are 6. Pass images and labels of one set.',
    );
    expect(() => new ImageDataset(bytes, { normalize: { mean: 0, std: 0 } })).toThrow(
      'ImageDataset: std should be positive, but is 0.',
    );
    for (const normalize of [
      { mean: 0, std: Infinity },
      { mean: NaN, std: 1 },
    ]) {
      expect(
        () =>
          new ImageDataset({ images: new Uint8Array(1), labels: new Uint8Array(1), rows: 1, cols: 1 }, { normalize }),
      ).toThrow(
        normalize.std === 1
          ? 'ImageDataset: mean should be a finite number, but is NaN.'
          : 'ImageDataset: std should be positive, but is Infinity.',
      );
    }
    for (const index of [-1, 2, 0.5, NaN]) {
      expect(() => new ImageDataset(bytes).get(index)).toThrow(
        `ImageDataset: index ${index} is out of range: the data set has 0 to 1. Check the sampler.`,
      );
    }
    const none = new ImageDataset({ images: new Uint8Array(), labels: new Uint8Array(), rows: 28, cols: 28 });
    expect(() => none.get(0)).toThrow('index 0 is out of range: the data set has none, for it is empty.');
  });
});

describe('with transforms', () => {
  const augment = new Compose([
    new ToTensor(),
    new RandomCrop(28, { padding: 2 }),
    new RandomRotation(10, { interpolation: 'bilinear' }),
    new RandomHorizontalFlip(),
    new Normalize(0.5, 0.25),
  ]);
  // A function of the user, which needs tensors, makes them go another way.
  const byTensors = new Compose([augment, (x: Tensor) => x]);

  test('a batch is what its samples are, drawn in their order, on the host and by tensors', async () => {
    const set = {
      train: false,
      size: 6,
      targetTransform: (label: number, from?: Generator) => label + (from!.random() % 1000),
    };
    const fast = new Digits({ ...set, transform: augment });
    const slow = new Digits({ ...set, transform: byTensors });
    const indices = [4, 0, 5];
    const [x, target] = fast.getBatch(indices, new Generator().manualSeed(8));
    expectTypeOf(x).toEqualTypeOf<Tensor>();
    expectTypeOf<ReturnType<typeof fast.get>>().toEqualTypeOf<[image: Tensor, label: number]>();
    expect([x.shape, x.dtype, target.shape]).toEqual([[3, 1, 28, 28], 'float32', [3]]);
    const [x1, target1] = slow.getBatch(indices, new Generator().manualSeed(8));
    expect(await target1.toArray()).toEqual(await target.toArray());
    expect(await x.sub(x1).abs().max().item()).toBeLessThan(1e-5);

    const one = new Generator().manualSeed(8);
    const other = new Generator().manualSeed(8);
    for (const [place, index] of indices.entries()) {
      const [image, label] = fast.get(index, one);
      expect(await image.toArray()).toEqual(await x.select(0, place).toArray());
      expect(label).toBe(await target.select(0, place).item());
      expect(slow.get(index, other)[1]).toBe(label);
    }
  });

  test('draws from the default generator where none is given, and in a loader from its own', async () => {
    const digits = new Digits({ size: 4, transform: new Compose([new ToTensor(), new RandomCrop(20)]) });
    manualSeed(2);
    const [x] = digits.getBatch([0, 1]);
    const state = defaultGenerator().getState();
    manualSeed(2);
    const single = [digits.get(0), digits.get(1)];
    expect(defaultGenerator().getState()).toEqual(state);
    expect(await single[1]![0].toArray()).toEqual(await x.select(0, 1).toArray());
    const seen = async () => {
      const loader = new DataLoader(digits, { batchSize: 4, generator: new Generator().manualSeed(1), prefetch: 1 });
      const batches = [];
      for await (const [images] of loader) batches.push(await images.toArray());
      return batches;
    };
    expect(await seen()).toEqual(await seen());
  });

  test('a transform that writes into its image does not spoil the data', async () => {
    const data = { images: Uint8Array.of(1, 2, 3, 4), labels: Uint8Array.of(0, 1), rows: 2, cols: 1 };
    const dataset = new ImageDataset(data, { transform: (image) => image.data.fill(9).length });
    dataset.get(0);
    dataset.getBatch([0, 1]);
    expect(data.images).toEqual(Uint8Array.of(1, 2, 3, 4));
  });

  test('hands over the bytes, of one channel; the result may be anything', async () => {
    const given: PixelImage[] = [];
    const set = new ImageDataset(bytes, {
      transform: (image) => (given.push(image), `${image.width} x ${image.height}`),
      targetTransform: (label) => label > 8,
    });
    const first = set.get(0);
    expectTypeOf(first).toEqualTypeOf<[image: string, label: boolean]>();
    expect(set.get(1)).toEqual(['3 x 1', true]);
    expect(given.slice(1)).toEqual([{ data: Uint8Array.of(1, 2, 3), width: 3, height: 1, channels: 1 }]);
    const [images, labels] = set.getBatch([0, 1]);
    expect([images, await seen(labels)]).toEqual([['3 x 1', '3 x 1'], { dtype: 'bool', shape: [2], data: [0, 1] }]);
  });

  test('refuses images of different sizes in a batch, and normalize besides', () => {
    const turned = new RandomRotation(45, { expand: true });
    const set = new Digits({ size: 3, transform: new Compose([new ToTensor(), turned]) });
    expect(() => set.getBatch([2, 0], new Generator().manualSeed(1))).toThrow(
      /^ImageDataset: the transform made an image \[1, \d+, \d+\] of sample 0, but \[1, \d+, \d+\] of sample 2\. Resize or crop to one size, or take batches of 1\.$/,
    );
    expect(() => new Digits({ size: 1, transform: new ToTensor(), normalize: { mean: 0, std: 1 } })).toThrow(
      'ImageDataset: normalize is mutually exclusive with transform, and both are given. Put a Normalize into the transform.',
    );
  });
});

test('Digits are an ImageDataset', async () => {
  const test = new Digits({ train: false, size: 20, normalize: { mean: 0.5, std: 0.5 } });
  expect(test.length).toBe(20);
  const [image, label] = test.get(3);
  expect(image.shape).toEqual([1, 28, 28]);
  expect(await label.item()).toBe(test.data.labels[3]);
  const data = await image.data();
  expect([Math.min(...data) < -0.9, Math.max(...data) > 0.2]).toEqual([true, true]);
});
