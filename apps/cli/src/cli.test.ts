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
  const ran = spawnSync(process.execPath, [...command, ...args], { encoding: 'utf8', cwd: folder });
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
  expect(err).toMatch(/Training on wasm \(\d+ threads?, .+\)\./);
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

test('it learns, and says the same for the same seed', () => {
  const args = ['train', '--dataset', 'blobs', '--epochs', '8', '--run-dir'];
  const first = rushlight(...args, 'seed 3', '--seed', '3');
  expect(first.out).toMatch(/Accuracy: (1[89]\d|200)\/200/);
  expect(rushlight(...args, 'seed 3 again', '--seed', '3').out).toBe(first.out);
  expect(rushlight(...args, 'seed 4', '--seed', '4').out).not.toBe(first.out);
});

test('--json: each line is an object', () => {
  const { out, code } = rushlight('train', '--dataset', 'blobs', '--epochs', '1', '--json', '--run-dir', 'json');
  expect(code).toBe(0);
  const lines = out.trim().split('\n').map((line) => JSON.parse(line) as { event?: string }); // prettier-ignore
  expect(lines.map(({ event }) => event)).toEqual(['start', 'step', 'step', 'step', 'step', 'epoch', 'end']);
});

test('a loss that is no number ends the run with a code of its own, and names the place; its folder can be used again', () => {
  const wild = ['train', '--dataset', 'moons', '--optimizer', 'sgd', '--run-dir', 'anew', '--epochs', '1'];
  const { code, err } = rushlight(...wild, '--lr', '1e30');
  expect(err).toMatch(/rushlight: the loss is (NaN|Infinity) at step \d+ \(epoch 1\)\. It began in the /);
  expect(code).toBe(3);
  expect(rushlight(...wild, '--lr', '0.1').code).toBe(0);
  const lines = readFileSync(at('anew', 'metrics.jsonl'), 'utf8');
  expect(lines.match(/"kind":"epoch"/g)).toHaveLength(1);
});

describe('resuming', () => {
  // On cpu: whether wasm takes 256-bit vectors depends on a trial of speed, and the last bits on that.
  const begin = ['train', '--dataset', 'spirals', '--backend', 'cpu', '--epochs', '3', '--accumulate', '2', '--scheduler', 'onecycle']; // prettier-ignore

  /** The bytes of the tensors, without what the header says of folders. */
  const tensorsIn = (name: string): string => {
    const file = readFileSync(at(name, 'last.safetensors'));
    return file.toString('base64', 8 + Number(file.readBigUInt64LE(0)));
  };

  test('after a signal, and after a kill, it ends with the weights of a run that was left alone', async () => {
    rushlight(...begin, '--run-dir', 'whole');
    for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGKILL', null]] as const) {
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

  test('what had ended early, or is over, stays so; a schedule keeps its length', () => {
    const early = ['train', '--dataset', 'moons', '--epochs', '30', '--early-stopping', '2', '--scheduler', 'none', '--run-dir', 'early']; // prettier-ignore
    expect(rushlight(...early).err).toContain('accuracy has not improved on');
    const before = readFileSync(at('early', 'last.safetensors'));
    expect(rushlight('train', '--resume', 'early').err).toContain('accuracy has not improved on');
    expect(readFileSync(at('early', 'last.safetensors')).equals(before)).toBe(true);

    expect(rushlight('train', '--dataset', 'moons', '--epochs', '2', '--run-dir', 'short').code).toBe(0);
    expect(rushlight('train', '--resume', 'short').err).toContain('All 2 epochs of short are over.');
    const longer = rushlight('train', '--resume', 'short', '--epochs', '4');
    expect(longer.err).toContain('the schedule cosine of the run was made for 2 epochs, but --epochs is 4.');
    expect(longer.code).toBe(2);
  });

  test('whoever reads its lines leaves: it is saved, as on Ctrl-C', async () => {
    const args = ['train', '--dataset', 'moons', '--backend', 'cpu', '--epochs', '2000', '--log-interval', '1', '--run-dir', 'left']; // prettier-ignore
    const { code, err } = await watched(args, (child) => void child.stdout?.destroy());
    expect(code).toBe(130);
    expect(err).toContain('rushlight train --resume left');
    expect(existsSync(at('left', 'last.safetensors'))).toBe(true);
  });
});

test('init writes a project that trains', () => {
  expect(rushlight('init', 'my project').out).toContain('npx rushlight train --config rushlight.yaml');
  const { code, err } = rushlight('train', '--config', join('my project', 'rushlight.yaml'), '--dataset', 'images', '--data-dir', 'nowhere'); // prettier-ignore
  expect([code, err]).toEqual([2, 'rushlight: nowhere is not there. Pass another --data-dir.\n']);
});

test('what is called wrongly', () => {
  const { code, err } = rushlight('train', '--momentum', '0.9');
  expect(err).toMatch(/^rushlight: the command line: --momentum applies with --optimizer sgd, but .*\n$/);
  expect(code).toBe(2);
  expect(rushlight('train', '--help').code).toBe(0);
  expect(rushlight().code).toBe(2);
});

test.skipIf(!existsSync('/dev/full'))('a log on a disk that is full', () => {
  const line = [process.execPath, ...command, 'train', '--dataset', 'moons', '--run-dir', 'logged'].map((part) => `"${part}"`).join(' '); // prettier-ignore
  const { status, stderr } = spawnSync('sh', ['-c', `${line} > /dev/full`], { encoding: 'utf8', cwd: folder });
  expect(stderr).toMatch(/\nrushlight: the output cannot be written \(.*ENOSPC.*\)\.\n$/);
  expect(status).toBe(1);
});
