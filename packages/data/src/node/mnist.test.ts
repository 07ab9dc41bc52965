import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MNIST } from './mnist.ts';

const images = Uint8Array.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1, 10, 20, 30, 40]);
const labels = Uint8Array.from([0, 0, 8, 1, 0, 0, 0, 2, 7, 9]);

let folder: string;
const put = (name: string, bytes: Uint8Array) => writeFile(join(folder, name), bytes);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mnist '));
});
afterEach(() => rm(folder, { recursive: true }));

describe('MNIST', () => {
  test.each(['train-images-idx3-ubyte', 'train-images.idx3-ubyte'])('reads %s, plain or gzipped', async (name) => {
    await put(name, images);
    await put(`${name.replace('images', 'labels').replace('idx3', 'idx1')}.gz`, gzipSync(labels));
    const { data } = await MNIST.load(folder);
    expect(data).toEqual({ images: Uint8Array.of(10, 20, 30, 40), labels: Uint8Array.of(7, 9), rows: 2, cols: 1 });
  });

  test('reads the test split where train is false, and goes by content where a name lies', async () => {
    await put('t10k-images-idx3-ubyte', gzipSync(images));
    await put('t10k-labels-idx1-ubyte.gz', labels);
    expect((await MNIST.load(folder, { train: false })).length).toBe(2);
    await expect(MNIST.load(folder)).rejects.toThrow('has none of train-images');
  });

  test('says which folder, which names and what there is, where a file is missing', async () => {
    await expect(MNIST.load(folder)).rejects.toThrow(
      `MNIST: ${folder} has none of train-images-idx3-ubyte, train-images-idx3-ubyte.gz, train-images.idx3-ubyte, train-images.idx3-ubyte.gz; it holds nothing. Put the file there or pass another folder.`,
    );
    await put('train-images-idx3-ubyte', images);
    await put('labels.bin', labels);
    await expect(MNIST.load(folder)).rejects.toThrow(
      'has none of train-labels-idx1-ubyte, train-labels-idx1-ubyte.gz, train-labels.idx1-ubyte, train-labels.idx1-ubyte.gz; it holds labels.bin, train-images-idx3-ubyte.',
    );

    for (let k = 0; k < 10; k++) await put(`a${k}`, new Uint8Array());
    await expect(MNIST.load(folder)).rejects.toThrow('; it holds a0, a1, a2, a3, a4, a5, a6, a7, 4 more. Put the file');
    const absent = join(folder, 'absent');
    await expect(MNIST.load(absent)).rejects.toThrow(`MNIST: the folder ${absent} cannot be read (ENOENT`);
  });

  test('says what is wrong with the files', async () => {
    const [imagesPath, labelsPath] = [join(folder, 'train-images-idx3-ubyte'), join(folder, 'train-labels-idx1-ubyte')];
    await put('train-images-idx3-ubyte', images.slice(0, -1));
    await put('train-labels-idx1-ubyte', labels);
    await expect(MNIST.load(folder)).rejects.toThrow(
      `readIdx: ${imagesPath} is cut short: [2, 2, 1] of uint8 takes 20 bytes, the file has 19.`,
    );

    await put('train-images-idx3-ubyte', labels);
    await expect(MNIST.load(folder)).rejects.toThrow(
      `MNIST: ${imagesPath} holds [2] of Uint8Array, not 3 dims of bytes. Check that the file has its right name.`,
    );

    await put('train-images-idx3-ubyte', images);
    await put('train-labels-idx1-ubyte', Uint8Array.from([0, 0, 8, 1, 0, 0, 0, 3, 7, 9, 1]));
    await expect(MNIST.load(folder)).rejects.toThrow(
      `MNIST: ${imagesPath} has 2 images, ${labelsPath} 3 labels. Take both from one set.`,
    );

    await put('train-labels-idx1-ubyte', labels.with(9, 10));
    await expect(MNIST.load(folder)).rejects.toThrow(
      `MNIST: ${labelsPath} has the label 10 at 1, and the classes are 0 to 9. Take labels of MNIST.`,
    );

    await put('train-labels-idx1-ubyte', Uint8Array.from([0, 0, 0x0c, 1, 0, 0, 0, 1, 0, 0, 0, 5]));
    await expect(MNIST.load(folder)).rejects.toThrow(`${labelsPath} holds [1] of Int32Array, not 1 dims of bytes.`);

    await rm(imagesPath);
    await mkdir(imagesPath);
    await expect(MNIST.load(folder)).rejects.toThrow(`MNIST: ${imagesPath} cannot be read (EISDIR`);
  });
});
