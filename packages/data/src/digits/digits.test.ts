import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { digits } from './digits.ts';
import { drawDigit } from './draw-digit.ts';
import { randomIntegers } from './random-integers.ts';
import { skeletons } from './skeletons.ts';
import { testStyle, trainStyle, type Style } from './style.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const pixels = 28 * 28;

describe('digits', () => {
  const train = digits();
  const held = digits({ train: false });

  test('are the same bytes in every engine', () => {
    expect(sha256(train.images)).toBe('bee9ac10fdeff4ed7bf85616e5ef0b39e4034d460ff971be378a5fdb1f8ed6dd');
    expect(sha256(held.images)).toBe('78f337bb4de384e28da0944020e49c586ad0c6de26af31087a87e699f4d092ce');
    expect(sha256(train.labels)).toBe('4376f511f2d69cbe48592a0bc0aafb10f09c823bd9d10aef334a10837c0f1575');
    expect(sha256(held.labels)).toBe('14e7c15cb733271e6af67bbcae276b36a278b54e7246b7cb363bd5adef7c8a7c');
  });

  test.each([
    ['train', train, 8000],
    ['test', held, 1000],
  ])('%s has its size, and every class equally often in every ten', (_, { images, labels, rows, cols }, size) => {
    expect([rows, cols, labels.length, images.length]).toEqual([28, 28, size, size * pixels]);
    for (let i = 0; i < size; i += 10) {
      expect([...labels.subarray(i, i + 10)].toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
    const orders = new Set(Array.from({ length: 100 }, (_, ten) => labels.subarray(10 * ten, 10 * ten + 10).join()));
    expect(orders.size).toBe(100);
  });

  test('no image comes twice, and every one has ink within the frame', () => {
    const seen = new Set<string>();
    for (const { images, labels } of [train, held]) {
      for (let i = 0; i < labels.length; i++) {
        const image = images.subarray(i * pixels, (i + 1) * pixels);
        seen.add(sha256(image));
        const ink = image.filter((value) => value > 120).length;
        expect(ink).toBeGreaterThan(12);
        expect(ink).toBeLessThan(300);
      }
    }
    expect(seen.size).toBe(9000);
  });

  test('a smaller set begins a larger one; another seed makes another set', () => {
    const few = digits({ size: 13 });
    expect(few.images).toEqual(train.images.slice(0, 13 * pixels));
    expect(few.labels).toEqual(train.labels.slice(0, 13));
    expect(digits({ size: 13, seed: 1 }).images).not.toEqual(few.images);
    expect(digits({ size: 0 }).images.length).toBe(0);
  });

  test.each([-1, 1.5, NaN])('refuse the size %s and the seed', (value) => {
    expect(() => digits({ size: value })).toThrow(
      `digits: size should be a number of images, but is ${value}. Pass an integer >= 0.`,
    );
    expect(() => digits({ size: 1, seed: value })).toThrow(
      `digits: seed should be an integer in [0, 2^30), but is ${value}.`,
    );
  });
});

test('the test split draws forms, slant, pen and noise from outside of what training sees', () => {
  for (const property of ['slant', 'pen', 'noise'] as const) {
    for (const [low, high] of testStyle[property]) {
      for (const [from, to] of trainStyle[property]) expect(high <= from || low >= to).toBe(true);
    }
  }
  for (const forms of skeletons) expect(forms.length).toBeGreaterThan(2);
});

test('a stroke covers the pixels under the pen, and parts of those at its edge', () => {
  const plain: Style = {
    slant: [[0, 0]],
    turn: [[0, 0]],
    height: [[10, 10]],
    aspect: [[1, 1]],
    pen: [[1.5, 1.5]],
    wobble: [[0, 0]],
    shift: [[0, 0]],
    ink: [[200, 200]],
    noise: [[0, 0]],
  };
  const image = new Uint8Array(pixels);
  // Upright and centred on the boundary between columns 13 and 14, from y = 9 to y = 19.
  drawDigit(image, [[50, 0, 50, 100]], plain, randomIntegers(0));
  expect([...image.subarray(14 * 28 + 10, 14 * 28 + 18)]).toEqual([0, 0, 100, 200, 200, 100, 0, 0]);
  const column = Array.from({ length: 28 }, (_, row) => image[row * 28 + 13]);
  expect(column.slice(9, 19).every((value) => value === 200)).toBe(true);
  expect(column[6]).toBe(0);
});
