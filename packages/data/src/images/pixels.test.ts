import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digits } from '../digits/digits.ts';
import type { PixelImage } from '../pixel-image.ts';
import { resizePixels } from './resize-pixels.ts';
import { toDigit } from './to-digit.ts';
import { toGray, toRGB } from './to-gray.ts';

const image = (width: number, channels: number, data: number[]): PixelImage => ({
  data: Uint8Array.from(data),
  width,
  height: data.length / width / channels,
  channels,
});
const anyImage = (channels: number) =>
  fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })).chain(([width, height]) => {
    const length = width * height * channels;
    return fc.uint8Array({ minLength: length, maxLength: length }).map((data) => ({ data, width, height, channels }));
  });

describe('toGray and toRGB', () => {
  test('weigh colours as PIL does, and drop or blend what is transparent', () => {
    // Image.frombytes('RGB', (4, 1), …).convert('L')
    const rgb = image(4, 3, [255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 200, 77]);
    expect([...toGray(rgb).data]).toEqual([76, 150, 29, 129]);
    const rgba = image(2, 4, [255, 0, 0, 0, 0, 0, 0, 51]);
    expect([...toGray(rgba).data]).toEqual([76, 0]);
    expect([...toGray(rgba, { background: 255 }).data]).toEqual([255, 204]);
    expect([...toRGB(image(1, 2, [7, 0])).data]).toEqual([7, 7, 7]);
    expect([...toRGB(rgba).data]).toEqual([255, 0, 0, 0, 0, 0]);
  });

  test('refuse what does not fit', () => {
    expect(() => toGray(image(2, 3, [1, 2, 3, 4, 5, 6]), { background: 300 })).toThrow(
      'toGray: background should be in 0 to 255, but is 300. Pass such a grey.',
    );
    expect(() => toRGB({ data: new Uint8Array(3), width: 1, height: 2, channels: 3 })).toThrow(
      'toRGB: 1 x 2 pixels of 3 channels need 6 bytes, there are 3.',
    );
  });
});

describe('resizePixels', () => {
  // torch.nn.functional.interpolate(torch.tensor([[[[0., 40, 200], [80, 120, 255]]]]), size=…, mode=…), rounded.
  const source = image(3, 1, [0, 40, 200, 80, 120, 255]);

  test('enlarges as interpolate does with mode "bilinear"', () => {
    expect([...resizePixels(source, 6, 4).data]).toEqual([
      0, 10, 30, 80, 160, 200, 20, 30, 50, 98, 175, 214, 60, 70, 90, 135, 206, 241, 80, 90, 110, 154, 221, 255,
    ]);
    expect([...resizePixels(source, 3, 3).data]).toEqual([0, 40, 200, 40, 80, 228, 80, 120, 255]);
  });

  test('makes smaller by the mean of the area, also by parts of pixels', () => {
    expect([...resizePixels(image(4, 1, [0, 10, 20, 40, 100, 110, 120, 140]), 2, 1).data]).toEqual([55, 80]);
    expect([...resizePixels(image(3, 1, [0, 90, 30]), 2, 1).data]).toEqual([30, 50]);
  });

  test('keeps an even image even, and the mean where it becomes smaller by a whole factor', () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }));
    fc.assert(
      fc.property(sizes, sizes, fc.nat(255), ([w, h], [width, height], value) => {
        const even = resizePixels(
          { data: new Uint8Array(w * h * 3).fill(value), width: w, height: h, channels: 3 },
          width,
          height,
        );
        expect([even.width, even.height, even.data]).toEqual([
          width,
          height,
          new Uint8Array(width * height * 3).fill(value),
        ]);
      }),
    );
    fc.assert(
      fc.property(anyImage(1), ({ data, width, height }) => {
        const [one] = resizePixels({ data, width, height, channels: 1 }, 1, 1).data;
        const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
        expect(Math.abs(one! - mean)).toBeLessThan(0.501);
      }),
    );
  });

  test('stays as it is in the same size, as a copy', () => {
    fc.assert(
      fc.property(anyImage(4), (picture) => {
        const same = resizePixels(picture, picture.width, picture.height);
        expect(same).toEqual(picture);
        expect(same.data).not.toBe(picture.data);
      }),
    );
  });

  test('the colour of what is transparent does not bleed', () => {
    expect([...resizePixels(image(2, 4, [255, 0, 0, 255, 0, 255, 0, 0]), 1, 1).data]).toEqual([255, 0, 0, 128]);
  });

  test('refuses sizes that are none', () => {
    expect(() => resizePixels(source, 0, 3)).toThrow(
      'resizePixels: width should be a positive integer, but is 0. Pass an integer >= 1.',
    );
    expect(() => resizePixels({ ...source, width: 0, data: new Uint8Array() }, 1, 1)).toThrow('the width of the image');
  });
});

describe('toDigit', () => {
  const { images } = digits({ size: 10, train: false });
  // Without the noise around them.
  const one = (i: number) => images.slice(i * 784, (i + 1) * 784).map((value) => (value < 100 ? 0 : value));
  /** The digit drawn large somewhere on a canvas. */
  const enlarged = (i: number, light: boolean, alpha: boolean): PixelImage => {
    const { data } = resizePixels({ data: one(i), width: 28, height: 28, channels: 1 }, 112, 112);
    const [width, height] = [200, 160];
    const channels = alpha ? 4 : 1;
    const out = new Uint8Array(width * height * channels).fill(light && !alpha ? 255 : 0);
    data.forEach((value, at) => {
      const place = (20 + Math.floor(at / 112)) * width + 70 + (at % 112);
      if (alpha) out.set([0, 0, 0, value], place * 4);
      else out[place] = light ? 255 - value : value;
    });
    return { data: out, width, height, channels };
  };
  const centerOf = (data: ArrayLike<number>) => {
    let [mass, x, y] = [0, 0, 0];
    for (let i = 0; i < data.length; i++) {
      mass += data[i]!;
      x += data[i]! * (i % 28);
      y += data[i]! * Math.floor(i / 28);
    }
    return [x / mass, y / mass];
  };

  test('fills a box of 20, centred by mass, dark on light, light on dark or on nothing', () => {
    for (let i = 0; i < 10; i++) {
      const digit = toDigit(enlarged(i, false, false));
      expect([digit.width, digit.height, digit.channels, Math.max(...digit.data)]).toEqual([28, 28, 1, 255]);
      const filled = [...digit.data].flatMap((value, at) => (value > 40 ? [[at % 28, Math.floor(at / 28)]] : []));
      const extent = [0, 1].map((dim) => {
        const along = filled.map((place) => place[dim]!);
        return Math.max(...along) - Math.min(...along) + 1;
      });
      expect(Math.abs(Math.max(...extent) - 20)).toBeLessThanOrEqual(1);
      for (const middle of centerOf(digit.data)) expect(Math.abs(middle - 14)).toBeLessThanOrEqual(0.51);
      for (const other of [enlarged(i, true, false), enlarged(i, true, true)]) {
        const worst = [...toDigit(other).data].reduce(
          (most, value, at) => Math.max(most, Math.abs(value - digit.data[at]!)),
          0,
        );
        expect(worst).toBeLessThanOrEqual(2);
      }
    }
  });

  test('does not mind even noise of the paper, nor a drawing of one pixel', () => {
    const paper = enlarged(3, true, false);
    const noisy = { ...paper, data: paper.data.map((value, i) => Math.max(0, value - ((i * 7919) % 11))) };
    const [clean, other] = [[...toDigit(paper).data], [...toDigit(noisy).data]];
    const difference = clean.reduce((sum, value, i) => sum + Math.abs(value - other[i]!), 0) / clean.length;
    expect(difference).toBeLessThan(8);
    const dot = toDigit(
      image(
        5,
        1,
        Array.from({ length: 25 }, (_, i) => (i === 7 ? 255 : 0)),
      ),
    );
    expect(dot.data.filter((value) => value === 255).length).toBe(400);
  });

  test('says when nothing is drawn', () => {
    expect(() =>
      toDigit(
        image(
          3,
          1,
          Array.from({ length: 9 }, () => 255),
        ),
      ),
    ).toThrow('toDigit: nothing is drawn in the 3 x 3 pixels: all are alike. Draw a digit.');
    expect(() => toDigit({ data: new Uint8Array(36), width: 3, height: 3, channels: 4 })).toThrow('nothing is drawn');
  });
});
