import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { encode } from 'fast-png';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DataLoader } from '../data-loader.ts';
import { Lambda } from '../transforms/index.ts';
import { ImageFolder } from './image-folder.ts';

beforeAll(() => useBackend(reference()));

let root: string;
const put = async (path: string, bytes: Uint8Array) => {
  await mkdir(join(root, path, '..'), { recursive: true });
  await writeFile(join(root, path), bytes);
};
/** An image of one colour. */
const plain = (color: number[], width = 2, height = 2) => {
  const data = Uint8Array.from({ length: width * height * color.length }, (_, i) => color[i % color.length]!);
  return encode({ width, height, data, channels: color.length });
};

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'images '));
});
afterEach(() => rm(root, { recursive: true }));

describe('ImageFolder', () => {
  test('finds classes and files in sorted order, also deeper, and leaves other files', async () => {
    for (const path of ['dog/b.PNG', 'dog/a.png', 'dog/old/c.jpeg', 'dog/note.txt', 'cat/z.jpg', 'README']) {
      await put(path, plain([0]));
    }
    await symlink(join(root, 'cat'), join(root, 'bird'));
    const folder = await ImageFolder.load(root);
    expect(folder.classes).toEqual(['bird', 'cat', 'dog']);
    expect(folder.classToIdx).toEqual({ bird: 0, cat: 1, dog: 2 });
    const expected = [
      ['bird/z.jpg', 0],
      ['cat/z.jpg', 1],
      ['dog/a.png', 2],
      ['dog/b.PNG', 2],
      ['dog/old/c.jpeg', 2],
    ];
    expect(folder.samples).toEqual(expected.map(([path, label]) => [join(root, String(path)), label]));
  });

  test('gives float32 [3, height, width] and the class, as torchvision does', async () => {
    await put('a/grey.png', plain([51], 3, 2));
    await put('b/clear.png', plain([255, 0, 102, 0], 3, 2));
    const folder = await ImageFolder.load(root);
    const [image, label] = await folder.get(1);
    expect([image.dtype, image.shape, label.dtype, await label.item()]).toEqual(['float32', [3, 2, 3], 'int32', 1]);
    const values = [1, 0, Math.fround(0.4)].flatMap((value) => Array.from({ length: 6 }, () => value));
    expect([...(await image.data())]).toEqual(values);
    const [images, labels] = await folder.getBatch([1, 0, 1]);
    expect([images.shape, [...(await labels.data())]]).toEqual([
      [3, 3, 2, 3],
      [1, 0, 1],
    ]);
    expect([...(await images.data())].slice(0, 18)).toEqual(values);
    const gray = await ImageFolder.load(root, { gray: true });
    expect((await gray.get(1))[0].shape).toEqual([1, 2, 3]);
  });

  test('brings images to one size, and runs transforms on them in the order of the samples', async () => {
    await put('a/1.png', plain([10, 20, 30], 5, 4));
    await put('a/2.png', plain([40, 50, 60], 3, 7));
    const folder = await ImageFolder.load(root, { size: [4, 2] });
    for await (const [x, y] of new DataLoader(folder, { batchSize: 2 })) {
      expect([x.shape, y.shape]).toEqual([[2, 3, 4, 2], [2]]);
    }
    const sum = await ImageFolder.load(root, {
      size: 2,
      transform: new Lambda(({ data }: { data: ArrayLike<number> }) => data[0]!),
      targetTransform: (label: number) => label + 5,
    });
    expect(await sum.get(1)).toEqual([40, 5]);
    const [firsts, labels]: Tensor[] = await sum.getBatch([1, 0]);
    expect([[...(await firsts!.data())], [...(await labels!.data())]]).toEqual([
      [40, 10],
      [5, 5],
    ]);
  });

  test('keeps what fits into its cache, and reads the rest again', async () => {
    for (const name of ['1', '2']) await put(`a/${name}.png`, plain([1, 2, 3]));
    const folder = await ImageFolder.load(root, { cacheBytes: 12 });
    await folder.getBatch([0]);
    await folder.getBatch([1]);
    await rm(join(root, 'a/1.png'));
    await rm(join(root, 'a/2.png'));
    expect((await folder.get(0))[0].shape).toEqual([3, 2, 2]);
    await expect(folder.get(1)).rejects.toThrow(/^ImageFolder: .*2\.png cannot be read \(ENOENT.*Was it removed\?$/);
  });

  test('a transform that writes into its image spoils neither the cache nor what others get', async () => {
    await put('a/1.png', plain([1, 2, 3]));
    const folder = await ImageFolder.load(root, {
      transform: ({ data }) => {
        const sum = Array.from(data).reduce((all, byte) => all + byte, 0);
        data.fill(9);
        return sum;
      },
    });
    const [[first], [second], [third]] = [await folder.get(0), await folder.get(0), await folder.getBatch([0, 0])];
    expect([first, second, await (third as unknown as Tensor).toArray()]).toEqual([24, 24, [24, 24]]);
  });

  test('takes extensions with and without a dot', async () => {
    await put('a/1.png', plain([1]));
    await put('a/2.JPG', plain([1]));
    await put('a/3.jpeg', plain([1]));
    const folder = await ImageFolder.load(root, { extensions: ['png', '.jpg'] });
    expect(folder.samples.map(([path]) => path.slice(-5))).toEqual(['1.png', '2.JPG']);
  });

  test('refuses sizes that are none, and a cache that is none', async () => {
    await put('a/1.png', plain([1]));
    const of = (size: unknown) => ImageFolder.load(root, { size: size as number });
    await expect(of([8])).rejects.toThrow(
      'ImageFolder: size should be one number or [height, width], but is [8]. Pass 8 for a square.',
    );
    await expect(of([8, 8, 3])).rejects.toThrow('but is [8, 8, 3].');
    await expect(of([8, 2.5])).rejects.toThrow('ImageFolder: size should be a positive integer, but is 2.5.');
    await expect(ImageFolder.load(root, { cacheBytes: NaN })).rejects.toThrow('ImageFolder: cacheBytes is NaN.');
  });

  test('says what is wrong with the folders', async () => {
    await expect(ImageFolder.load(join(root, 'none'))).rejects.toThrow(
      /^ImageFolder: the folder .*none cannot be read \(ENOENT.*\)\. Pass a folder with one folder per class\.$/,
    );
    await expect(ImageFolder.load(root)).rejects.toThrow(
      `ImageFolder: ${root} is empty. Put the images of each class into a folder of its name.`,
    );
    await put('a.png', plain([1]));
    await expect(ImageFolder.load(root)).rejects.toThrow(`${root} holds 1 files and no folders.`);
    await put('a/1.png', plain([1]));
    await put('b/1.txt', plain([1]));
    await expect(ImageFolder.load(root)).rejects.toThrow(
      `ImageFolder: ${root} has no files .jpg, .jpeg, .png of the class b. Add images or remove the folder.`,
    );
    await expect(ImageFolder.load(root, { size: 0 })).rejects.toThrow('ImageFolder: size should be a positive integer');
  });

  test('names the image that is damaged, and those of unequal size', async () => {
    await put('a/1.png', plain([1], 3, 2));
    await put('a/2.png', plain([1], 2, 2));
    await put('a/3.png', plain([1]).slice(0, 40));
    const folder = await ImageFolder.load(root);
    await expect(folder.getBatch([0, 1])).rejects.toThrow(
      `ImageFolder: ${join(root, 'a/2.png')} became [3, 2, 2], ${join(root, 'a/1.png')} [3, 2, 3]. Pass size, or a transform`,
    );
    await expect(folder.get(2)).rejects.toThrow(`decodeImage: ${join(root, 'a/3.png')} is cut short`);
    await expect(folder.get(3)).rejects.toThrow('ImageFolder: index 3 is out of range: the data set has 0 to 2.');
  });
});
