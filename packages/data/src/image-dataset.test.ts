import { useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { Digits } from './digits/digits.ts';
import { ImageDataset } from './image-dataset.ts';

beforeAll(() => useBackend(reference()));

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
    for (const index of [-1, 2, 0.5, NaN]) {
      expect(() => new ImageDataset(bytes).get(index)).toThrow(
        `ImageDataset: index ${index} is out of range: the data set has 0 to 1. Check the sampler.`,
      );
    }
    const none = new ImageDataset({ images: new Uint8Array(), labels: new Uint8Array(), rows: 28, cols: 28 });
    expect(() => none.get(0)).toThrow('index 0 is out of range: the data set has none, for it is empty.');
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
