// Pictures: sets in MNIST's format, folders of images, and what somebody has drawn.

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { data } from 'rushlight';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { png, writeColours, writeIdxSet } from './testing/files.ts';
import { inOwnFolder, rushlight } from './testing/in-process.ts';

const at = inOwnFolder();
const cpu = ['--backend', 'cpu'];
const predict = (run: string, ...args: string[]) => rushlight(['predict', run, ...args, ...cpu]);

describe('a drawn digit', () => {
  /** Of each class the first test image: 28 × 28 bytes, light on black. */
  const digits = (() => {
    const { images, labels } = new data.Digits({ train: false }).data;
    return Array.from({ length: 10 }, (_, label) => {
      const at = labels.indexOf(label) * 784;
      return images.subarray(at, at + 784);
    });
  })();

  beforeAll(async () => {
    // Wide steps over few samples would not do: all of them, once.
    await rushlight(['train', '--model', 'linear', '--epochs', '1', '--run-dir', 'digits', '--lr', '0.002', ...cpu]); // prettier-ignore
  }, 300_000);

  /** How the ink at a place becomes a pixel. */
  const kinds = {
    'light on black, as it was': { scale: 1, channels: 1, pixel: (ink: number) => [ink] },
    'light on black, large': { scale: 10, channels: 1, pixel: (ink: number) => [ink] },
    'black on white, large': { scale: 8, channels: 3, pixel: (ink: number) => [255 - ink, 255 - ink, 255 - ink] },
    'blue on white, with an alpha that is full': { scale: 5, channels: 4, pixel: (ink: number) => [255 - ink, 255 - ink, 255, 255] }, // prettier-ignore
    'black on nothing': { scale: 6, channels: 4, pixel: (ink: number) => [0, 0, 0, ink] },
    'white on nothing': { scale: 6, channels: 4, pixel: (ink: number) => [255, 255, 255, ink] },
    'grey on nothing': { scale: 3, channels: 2, pixel: (ink: number) => [20, ink] },
    'on a sheet that is not square': { scale: 4, channels: 1, pixel: (ink: number) => [255 - ink], beside: 70 },
  } as const;

  test.each(Object.keys(kinds) as (keyof typeof kinds)[])('%s', async (name) => {
    const { scale, channels, pixel, ...more } = kinds[name];
    const beside = 'beside' in more ? more.beside : 0;
    const side = 28 * scale;
    const paths = digits.map((digit, label) => {
      const pixels = Array.from({ length: side * (side + beside) }, (_, i) => {
        const [x, y] = [i % (side + beside), Math.floor(i / (side + beside))];
        return pixel(x < side ? (digit[Math.floor(y / scale) * 28 + Math.floor(x / scale)] ?? 0) : 0);
      });
      const path = `${name} ${label}.png`;
      writeFileSync(at(path), png(side + beside, side, channels, pixels.flat()));
      return path;
    });
    const { out, code } = await predict('digits', ...paths);
    expect(code).toBe(0);
    const found = out.trim().split('\n').map((line) => /\.png: (\d) \(\d+\.\d%, \d \d+\.\d%, \d \d+\.\d%\)$/.exec(line)?.[1]); // prettier-ignore
    expect(found.filter((one, label) => one === String(label)).length).toBeGreaterThanOrEqual(9);
  });

  test('what cannot be read, or has nothing in it', async () => {
    writeFileSync(at('blank.png'), png(40, 30, 1, new Uint8Array(1200).fill(255)));
    expect(await predict('digits', 'blank.png')).toMatchObject({ code: 1, err: 'rushlight: blank.png: nothing is drawn in the 40 x 30 pixels: all are alike. Draw a digit.\n' }); // prettier-ignore
    const whole = png(28, 28, 1, digits[3] ?? []);
    writeFileSync(at('cut.png'), whole.subarray(0, whole.length - 20));
    expect((await predict('digits', 'cut.png')).err).toMatch(/^rushlight: cut\.png is cut short: /);
    const bent = Uint8Array.from(whole);
    bent[60] = (bent[60] ?? 0) ^ 255;
    writeFileSync(at('bent.png'), bent);
    expect((await predict('digits', 'bent.png')).err).toMatch(/^rushlight: bent\.png is damaged, as a PNG: /);
    writeFileSync(at('text.png'), 'not a picture');
    expect((await predict('digits', 'text.png')).err).toMatch(/^rushlight: text\.png begins with .*, and is neither PNG nor JPEG\. Convert it/); // prettier-ignore
    expect(await predict('digits', 'nowhere.png')).toMatchObject({ code: 2, err: expect.stringContaining('nowhere.png cannot be read (ENOENT') }); // prettier-ignore
  });
});

describe('a folder of images', () => {
  const colours = { red: [200, 20, 10], green: [10, 180, 20], blue: [10, 20, 190] };
  const quick = ['--model', 'linear', '--epochs', '3', '--lr', '0.001', '--batch-size', '8', ...cpu];
  beforeAll(() => writeColours(at('colours'), colours, 10));

  test('is trained on, evaluated and predicted from', async () => {
    const trained = await rushlight(['train', '--dataset', 'images', '--data-dir', 'colours', ...quick, '--run-dir', 'colourful']); // prettier-ignore
    expect(trained.code).toBe(0);
    const evaluated = await rushlight(['eval', 'colourful', ...cpu]);
    expect(evaluated.out).toContain('Accuracy: 6/6 (100.0%)');
    expect(evaluated.out).toMatch(/blue +1\.000/);
    expect(evaluated.err).toBe('');
    writeFileSync(at('leaf.png'), png(30, 50, 4, Array.from({ length: 1500 }, () => [20, 190, 30, 255]).flat()));
    expect((await predict('colourful', 'leaf.png', 'colours/red/3.png')).out).toMatch(/^leaf\.png: green \(.*\ncolours\/red\/3\.png: red \(/); // prettier-ignore

    // Images that were not there.
    writeColours(at('colours'), colours, 11);
    const again = await rushlight(['eval', 'colourful', ...cpu]);
    expect(again.err).toContain('colours has 33 samples, and had 30 when the run began: samples tested with may have been trained on.\n'); // prettier-ignore
  });

  test('may have a folder to train with and one to test with', async () => {
    for (const [part, count] of [['train', 8], ['test', 2]] as const) writeColours(at('split', part), colours, count);
    const args = ['train', '--dataset', 'split', ...quick, '--run-dir', 'split run'];
    expect((await rushlight(args)).out).toContain('Accuracy: 6/6 (100%)');
    rmSync(at('split', 'test', 'red'), { recursive: true });
    expect(await rushlight(['train', '--dataset', 'split', ...quick])).toMatchObject({ code: 2, err: 'rushlight: split/test has the classes blue, green, split/train has blue, green, red. They must be the same.\n' }); // prettier-ignore
  }); // prettier-ignore

  test('that cannot be trained on', async () => {
    const refused = async (folder: string) => {
      const { err, out } = await rushlight(['train', '--dataset', 'images', '--data-dir', folder, ...quick]);
      expect(out).toBe('');
      return err;
    };
    mkdirSync(at('none'));
    expect(await refused('none')).toBe('rushlight: none is empty. Put the images of each class into a folder of its name.\n'); // prettier-ignore
    writeColours(at('single'), { red: [200, 0, 0] }, 3);
    expect(await refused('single')).toBe('rushlight: single has one class, red, and nothing to tell it from. Put the images of each class into a folder of its name.\n'); // prettier-ignore
    mkdirSync(at('single', 'blue'));
    expect(await refused('single')).toContain('single has no files .jpg, .jpeg, .png of the class blue. Add images or remove the folder.'); // prettier-ignore
    writeColours(at('few'), { red: [200, 0, 0], blue: [0, 0, 200] }, 1);
    expect(await refused('few')).toContain('few has 2 images, and a test split of 0.2 leaves 2 to train with and 0 to test with. Add images.'); // prettier-ignore
  });

  test('with a damaged image: it is named', async () => {
    cpSync(at('colours'), at('damaged'), { recursive: true });
    writeFileSync(at('damaged', 'green', '4.png'), png(12, 10, 3, []).subarray(0, 50));
    const { err, code } = await rushlight(['train', '--dataset', 'damaged', ...quick]);
    expect(err).toMatch(/\nrushlight: .*damaged\/green\/4\.png is cut short: .*\. Get it anew\.\n$/);
    expect(code).toBe(1);
  });
});

describe("sets in MNIST's format", () => {
  const quick = ['--model', 'linear', '--epochs', '8', '--batch-size', '10', ...cpu];

  test.each([
    ['mnist', '7'],
    ['fashion-mnist', 'Sneaker'],
    ['kmnist', 'ま'],
  ])('%s from a folder', async (name, seventh) => {
    writeIdxSet(at('idx'));
    const trained = await rushlight(['train', '--dataset', name, '--data-dir', 'idx', ...quick, '--run-dir', name]);
    expect(trained.out).toContain('Accuracy: 20/20 (100%)');
    const { out } = await rushlight(['eval', name, ...cpu]);
    expect(out).toContain('Accuracy: 20/20 (100.0%)');
    expect(out).toMatch(new RegExp(`\n${seventh} +1\\.000`));
  });

  test.each([
    ['nowhere', 'rushlight: the folder nowhere cannot be read (ENOENT'],
    ['hollow', 'rushlight: hollow has none of train-images-idx3-ubyte, '],
  ])('from a folder that lacks them: %s', async (folder, message) => {
    mkdirSync(at('hollow'), { recursive: true });
    const { err, code } = await rushlight(['train', '--dataset', 'mnist', '--data-dir', folder]);
    expect(err).toContain(message);
    expect(code).toBe(1);
  });
});

describe('a download', () => {
  const servers: Server[] = [];
  afterEach(async () => {
    vi.unstubAllEnvs();
    for (const server of servers.splice(0)) await new Promise((done) => void server.close(done).closeAllConnections());
  });

  /** Sets are to come from this server, and go into a cache of their own. */
  async function mirror(answer: Parameters<typeof createServer>[1]): Promise<string> {
    const server = createServer(answer as never);
    servers.push(server);
    await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/sets/`;
    vi.stubEnv('RUSHLIGHT_MIRROR', url);
    vi.stubEnv('RUSHLIGHT_CACHE', mkdtempSync(join(at(), 'cache')));
    return url;
  }

  test('with the wrong checksum', async () => {
    const url = await mirror((_, response) => response.end('something else'));
    const { err, code } = await rushlight(['train', '--dataset', 'mnist', ...cpu]);
    expect(err).toMatch(/^Fetching train-images-idx3-ubyte\.gz \(0\.0 MB\) to .*mnist\.\nrushlight: train-images-idx3-ubyte\.gz could not be downloaded \(.*: the MD5 of what came is [0-9a-f]{32}, not f68b3c2dcbeaaa9fbdd348bbdeb94873\)\. Try again later, or put the file into .*mnist, or pass --data-dir .*\n$/); // prettier-ignore
    expect(err).toContain(`${url}mnist/train-images-idx3-ubyte.gz: `);
    expect(code).toBe(1);
  });

  test('that stops', async () => {
    await mirror((_, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('only so much', () => response.destroy());
    });
    const { err, code } = await rushlight(['train', '--dataset', 'kmnist', ...cpu]);
    // The bytes may or may not arrive before the connection ends.
    const cure = String.raw`(\. Try again later|; 12 of 1,000 bytes came and are kept\. Try again to go on from there)`;
    expect(err).toMatch(new RegExp(String.raw`(?:^|\n)rushlight: train-images-idx3-ubyte\.gz could not be downloaded \(.*\)${cure}, or put the file into .*\n$`)); // prettier-ignore
    expect(code).toBe(1);
  });

  test('without a network: the message says what to do', async () => {
    const url = await mirror(undefined);
    for (const server of servers.splice(0)) await new Promise((done) => void server.close(done));
    const { err, code } = await rushlight(['train', '--dataset', 'fashion-mnist', ...cpu]);
    expect(err).toContain(`${url}fashion-mnist/train-images-idx3-ubyte.gz: fetch failed: `);
    expect(err).toContain('Try again later, or put the file into');
    expect(err).toContain('or pass --data-dir with a folder that has the files.');
    expect(code).toBe(1);
  });

  test('that Ctrl-C ends', async () => {
    await mirror((_, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('only so much', () => setTimeout(() => process.emit('SIGINT', 'SIGINT'), 50));
    });
    const { err, code } = await rushlight(['train', '--dataset', 'mnist', ...cpu]);
    expect(err).toContain('Stopped before the first step: there was nothing to save.');
    expect(code).toBe(130);
  });
});
