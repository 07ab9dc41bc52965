// The command line as a user calls it: another process, what it prints, and how it ends.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const entry = fileURLToPath(new URL('index.ts', import.meta.url));

function rushlight(...args: string[]): { code: number | null; out: string; err: string } {
  const ran = spawnSync(process.execPath, ['--conditions=@rushlight/source', entry, ...args], { encoding: 'utf8' });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

/** An IDX file of bytes. */
function idx(shape: readonly number[], data: Uint8Array): Uint8Array {
  const header = new DataView(new ArrayBuffer(4 + 4 * shape.length));
  header.setUint32(0, 0x800 + shape.length);
  shape.forEach((n, d) => header.setUint32(4 + 4 * d, n));
  return new Uint8Array([...new Uint8Array(header.buffer), ...data]);
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rushlight cli '));
  for (const [split, count] of [
    ['train', 50],
    ['t10k', 20],
  ] as const) {
    // A bright column says which class it is.
    const images = new Uint8Array(count * 784);
    const labels = Uint8Array.from({ length: count }, (_, k) => k % 10);
    labels.forEach((label, k) => {
      for (let row = 0; row < 28; row++) images[k * 784 + row * 28 + 2 * label + 4] = 255;
    });
    writeFileSync(join(folder, `${split}-images-idx3-ubyte.gz`), gzipSync(idx([count, 28, 28], images)));
    writeFileSync(join(folder, `${split}-labels-idx1-ubyte`), idx([count], labels));
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('train', () => {
  test('logs every so many steps and after each epoch, exactly so', () => {
    const args = [
      '--dataset',
      'mnist',
      '--data-dir',
      folder,
      '--model',
      'linear',
      '--epochs',
      '2',
      '--batch-size',
      '20',
    ];
    const { code, out, err } = rushlight('train', ...args, '--log-interval', '2', '--lr', '0.01');
    expect(err).toMatch(/^Training on wasm \(\d+ threads?, .+\)\.\n$/);
    expect(code).toBe(0);
    const train = (epoch: number): string =>
      `Train Epoch: ${epoch} [0/50 (0%)]\tLoss: N.NNNNNN\nTrain Epoch: ${epoch} [40/50 (80%)]\tLoss: N.NNNNNN\n`;
    const shape = out
      .replaceAll(/Loss: \d+\.\d{6}\n/g, 'Loss: N.NNNNNN\n')
      .replaceAll(/loss: \d+\.\d{4},/g, 'loss: N.NNNN,')
      .replaceAll(/: \d+\/20 \(\d+%\)/g, ': N/20 (N%)');
    const tested = '\nTest set: Average loss: N.NNNN, Accuracy: N/20 (N%)\n\n';
    expect(shape).toBe(train(1) + tested + train(2) + tested);
  });

  test('learns, and says the same for the same seed', () => {
    const args = [
      'train',
      '--dataset',
      'mnist',
      '--data-dir',
      folder,
      '--model',
      'mlp',
      '--epochs',
      '8',
      '--batch-size',
      '10',
    ];
    const first = rushlight(...args, '--seed', '3');
    expect(first.out).toContain('Accuracy: 20/20 (100%)');
    expect(rushlight(...args, '--seed', '3').out).toBe(first.out);
    expect(rushlight(...args, '--seed', '4').out).not.toBe(first.out);
  });
});

describe('what goes wrong', () => {
  test.each([
    [['train', '--dataset', 'mnist'], 1, 'rushlight: mnist: where its files are was not said. Pass --data-dir FOLDER.'],
    [['train', '--dataset', 'mnist', '--data-dir', join(tmpdir(), 'nowhere')], 1, 'rushlight: MNIST: the folder'],
    [
      ['train', '--data-dir', 'mnist'],
      1,
      'rushlight: digits: it is embedded, but --data-dir is mnist. Pass --dataset mnist.',
    ],
    [
      ['train', '--batch-size', '0'],
      2,
      "option '--batch-size <n>' argument '0' is invalid. It must be an integer of at least 1.",
    ],
    [['train', '--epochs', '1.5'], 2, 'It must be an integer of at least 1.'],
    [['train', '--lr', 'fast'], 2, 'It must be a number greater than 0.'],
    [['train', '--model', 'rnn'], 2, 'Allowed choices are cnn, convnet, mlp, linear.'],
    [['train', '--dataset', 'letters'], 2, 'Allowed choices are digits, mnist.'],
    [['train', '--unknown'], 2, "unknown option '--unknown'"],
  ])('%j ends with %i', (args, code, message) => {
    const ran = rushlight(...args);
    expect(ran.err).toContain(message);
    expect(ran.err).not.toContain('    at ');
    expect(ran.code).toBe(code);
  });

  test('help is not an error', () => {
    const { code, out } = rushlight('train', '--help');
    expect(code).toBe(0);
    expect(out).toContain('--data-dir <folder>');
  });
});
