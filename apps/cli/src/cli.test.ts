// The command line as a user calls it: another process, what it prints, and how it ends. What needs no process of its own is tested
// beside, at a hundredth of the time.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const command = process.env['TEST_BUILT']
  ? [
      pathOf(
        `../${(JSON.parse(readFileSync(pathOf('../package.json'), 'utf8')) as { bin: { rushlight: string } }).bin.rushlight}`,
      ),
    ]
  : ['--conditions=@rushlight/source', pathOf('index.ts')];

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function rushlight(...args: string[]): Ran {
  return rushlightIn({}, ...args);
}

function rushlightIn(environment: Readonly<Record<string, string>>, ...args: string[]): Ran {
  const env = { ...process.env, ...environment };
  const ran = spawnSync(process.execPath, [...command, ...args], { encoding: 'utf8', cwd: folder, env });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

/** Runs a command, and lets somebody see what it has written so far after each write. */
async function watched(args: readonly string[], onOut: (child: ChildProcess, out: string) => void): Promise<Ran> {
  const child = spawn(process.execPath, [...command, ...args], { cwd: folder });
  let [out, err] = ['', ''];
  child.stderr.on('data', (data: Buffer) => (err += String(data)));
  child.stdout.on('data', (data: Buffer) => {
    out += String(data);
    onOut(child, out);
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out, err };
}

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rushlight cli '));
  // y = 3 a − 2 b, and a colour that says whether a > b.
  const rows = Array.from({ length: 200 }, (_, k) => {
    const [a, b] = [((7 * k) % 23) / 10, ((11 * k) % 19) / 10];
    return `${a},${b},${(3 * a - 2 * b).toFixed(3)},${a > b ? 'red' : 'blue'}`;
  });
  writeFileSync(at('things.csv'), ['a,b,y,colour', ...rows, ''].join('\n'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('train logs every so many steps and after each epoch, exactly so; eval and predict go on from there', () => {
  const { code, out, err } = rushlight('train', '--dataset', 'things.csv', '--target', 'colour', '--epochs', '2', '--batch-size', '64', '--log-interval', '2', '--run-dir', 'lines'); // prettier-ignore
  expect(err).toMatch(/Training on (wasm \(\d+ threads?, .+\)|webgpu \(.+\))\./);
  expect(code).toBe(0);
  const train = (epoch: number): string =>
    `Train Epoch: ${epoch} [0/160 (0%)]\tLoss: N.NNNNNN\nTrain Epoch: ${epoch} [128/160 (80%)]\tLoss: N.NNNNNN\n`;
  const shape = out
    .replaceAll(/Loss: \d+\.\d{6}\n/g, 'Loss: N.NNNNNN\n')
    .replaceAll(/loss: \d+\.\d{4},/g, 'loss: N.NNNN,')
    .replaceAll(/: \d+\/40 \(\d+%\)/g, ': N/40 (N%)');
  const tested = '\nTest set: Average loss: N.NNNN, Accuracy: N/40 (N%)\n\n';
  expect(shape).toBe(train(1) + tested + train(2) + tested);
  const files = readdirSync(at('lines')).toSorted();
  expect(files).toEqual(['best.safetensors', 'config.json', expect.stringMatching(/^events\.out\.tfevents\./), 'last.safetensors', 'metrics.jsonl']); // prettier-ignore
  const metrics = readFileSync(at('lines', 'metrics.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as object); // prettier-ignore
  expect(metrics.at(-1)).toMatchObject({ kind: 'epoch', epoch: 2, step: 6, evaluation: { accuracy: expect.any(Number) } }); // prettier-ignore

  expect(rushlight('eval', 'lines').out).toMatch(/lines[\\/]best\.safetensors, 40 samples\nAverage loss: /);
  const predicted = rushlight('predict', 'lines', 'things.csv');
  expect(predicted.out.split('\n')).toHaveLength(202);
  expect(predicted.out).toMatch(/^row,prediction,probability\n2,(red|blue),\d\.\d{4}\n/);
});

describe('resuming', () => {
  const begin = ['train', '--dataset', 'spirals', '--epochs', '3', '--accumulate', '2', '--scheduler', 'onecycle']; // prettier-ignore

  /** The bytes of the tensors, without what the header says of folders. */
  const tensorsIn = (name: string): string => {
    const file = readFileSync(at(name, 'last.safetensors'));
    return file.toString('base64', 8 + Number(file.readBigUInt64LE(0)));
  };

  test('after a signal, and after a kill, it ends with the weights of a run that was left alone', async () => {
    rushlight(...begin, '--run-dir', 'whole');
    for (const [signal, code] of [['SIGINT', 130], ['SIGKILL', null]] as const) {
      const name = `stopped by ${signal}`;
      const args = [...begin, '--run-dir', name, '--checkpoint-every', '1', '--log-interval', '1'];
      const stopped = await watched(args, (child, out) => {
        if (out.includes('Train Epoch: 2') && !child.killed) child.kill(signal);
      });
      expect(stopped.code).toBe(code);
      expect(stopped.err.includes(`rushlight train --resume "${name}"`)).toBe(signal !== 'SIGKILL');
      expect(existsSync(at(name, 'training.lock'))).toBe(signal === 'SIGKILL');
      const resumed = rushlight('train', '--resume', name);
      expect(resumed.code).toBe(0);
      expect(resumed.out).toContain('Train Epoch: 3');
      expect(resumed.out).not.toContain('Train Epoch: 1 ');
      expect(tensorsIn(name)).toBe(tensorsIn('whole'));
      expect(existsSync(at(name, 'training.lock'))).toBe(false);
      const steps = readFileSync(at(name, 'metrics.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { kind: string; step: number }).filter(({ kind }) => kind === 'step').map(({ step }) => step); // prettier-ignore
      expect(steps).toEqual([...new Set(steps)].toSorted((a, b) => a - b));
    }
  }); // prettier-ignore

  test('a folder that another process trains in is left alone', async () => {
    const second: Ran[] = [];
    const first = await watched(
      [...begin, '--epochs', '200', '--run-dir', 'shared', '--log-interval', '1'],
      (child) => {
        if (second.length > 0) return;
        second.push(rushlight(...begin, '--run-dir', 'shared'), rushlight('train', '--resume', 'shared'));
        for (const { err, code } of second) {
          expect(err).toBe(`rushlight: shared is being trained in by process ${child.pid}. Wait for it, stop it, or pass another --run-dir. If it is long gone, remove shared/training.lock.\n`); // prettier-ignore
          expect(code).toBe(2);
        }
        child.kill('SIGTERM');
      },
    );
    expect(second).toHaveLength(2);
    expect(first.code).toBe(143);
  });

  test('whoever reads its lines leaves: it is saved, as on Ctrl-C', async () => {
    const args = ['train', '--dataset', 'moons', '--backend', 'cpu', '--epochs', '2000', '--log-interval', '1', '--run-dir', 'left']; // prettier-ignore
    const { code, err } = await watched(args, (child) => void child.stdout?.destroy());
    expect(code).toBe(130);
    expect(err).toContain('rushlight train --resume left');
    expect(existsSync(at('left', 'last.safetensors'))).toBe(true);
  });
});

describe('on webgpu', () => {
  const train = ['train', '--dataset', 'blobs', '--model', 'linear', '--epochs', '1', '--backend', 'webgpu'];

  test('a model trains where there is a driver, and the process ends', (context) => {
    const { code, out, err } = rushlight(...train, '--run-dir', 'gpu');
    context.skip(err.includes('no graphics adapter was found'), 'no driver for WebGPU');
    expect(err).toMatch(/Training on webgpu \(.+, (no )?float16\)\./);
    expect(out).toMatch(/Test set: Average loss: \d+\.\d{4}, Accuracy: \d+\/\d+ \(\d+%\)/);
    expect(code).toBe(0);
  });

  test.skipIf(process.platform !== 'linux')('a missing driver is said, and what brings it', () => {
    const none = at('no-driver.json');
    const { code, out, err } = rushlightIn(
      { VK_ICD_FILENAMES: none, VK_DRIVER_FILES: none },
      ...train,
      '--run-dir',
      'no gpu',
    );
    expect(err).toMatch(/^rushlight: webgpu: no graphics adapter was found\. Install .*: apt-get install libvulkan1 mesa-vulkan-drivers \(Mesa 23 or later\)\.$/m); // prettier-ignore
    expect([code, out]).toEqual([1, '']);
  });
});

test('what is called wrongly', () => {
  const { code, err, out } = rushlight('train', '--momentum', '0.9');
  expect(err).toMatch(/^rushlight: the command line: --momentum applies with --optimizer sgd, but .*\n$/);
  expect([code, out]).toEqual([2, '']);
});

test.skipIf(!existsSync('/dev/full'))('a log on a disk that is full', () => {
  const line = [process.execPath, ...command, 'train', '--dataset', 'moons', '--run-dir', 'logged'].map((part) => `"${part}"`).join(' '); // prettier-ignore
  const { status, stderr } = spawnSync('sh', ['-c', `${line} > /dev/full`], { encoding: 'utf8', cwd: folder });
  expect(stderr).toMatch(/\nrushlight: the output cannot be written \(.*ENOSPC.*\)\.\n$/);
  expect(status).toBe(1);
});
