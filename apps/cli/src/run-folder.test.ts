// The folder of a run: who may write there, what is left whatever happens, and what a run goes on from.

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { spawnSync } from 'node:child_process';
import type * as fs from 'node:fs/promises';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { lockFile, lockRun } from './run/run-lock.ts';
import { csv, writeIdxSet } from './testing/files.ts';
import { inOwnFolder, rushlight } from './testing/in-process.ts';

const at = inOwnFolder();
const cpu = ['--backend', 'cpu'];
const moons = ['train', '--dataset', 'moons', '--batch-size', '250', ...cpu];
const steps = [...moons, '--log-interval', '1'];

/** What the system does to every file that is opened for writing a checkpoint from now on. */
const disk = vi.hoisted(() => ({ error: undefined as NodeJS.ErrnoException | undefined }));
vi.mock('node:fs/promises', async (importOriginal) => {
  const real = await importOriginal<typeof fs>();
  const opened: typeof fs.open = async (path, flags, mode) => {
    const file = await real.open(path, flags, mode);
    const { error } = disk;
    if (error && flags === 'wx') file.writeFile = () => Promise.reject(error);
    return file;
  };
  return { ...real, open: opened };
});
afterEach(() => void (disk.error = undefined));

function systemError(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${message}`), { code, syscall: 'write' });
}

/** The bytes of the tensors in a run's last checkpoint, without what its header says of folders. */
function tensorsIn(run: string): string {
  const bytes = readFileSync(at(run, 'last.safetensors'));
  return bytes.toString('base64', 8 + Number(bytes.readBigUInt64LE()));
}

type Metadata = Readonly<Record<string, string>>;

/** The header of a safetensors file. */
function headerOf(bytes: Buffer): { readonly [tensor: string]: unknown; readonly __metadata__?: Metadata } {
  const size = Number(bytes.readBigUInt64LE());
  return JSON.parse(bytes.toString('utf8', 8, 8 + size)) as { __metadata__?: Metadata };
}

describe('signals', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s saves, says how to go on, and ends with %i', async (signal, code) => {
    const name = `by ${signal}`;
    let isSent = false;
    const ran = await rushlight([...steps, '--run-dir', name, '--epochs', '20'], (written) => {
      if (isSent || !written.includes('Train Epoch: 2 ')) return;
      isSent = true;
      expect(existsSync(at(name, lockFile))).toBe(true);
      // Wrappers and shells pass on what the terminal has sent already.
      process.emit(signal, signal);
      process.emit(signal, signal);
    });
    expect(ran.err).toContain('Stopping, and saving. Once more: at once, without saving.');
    expect(ran.err).toContain(`Stopped after 1 epoch: it is saved; go on with \`rushlight train --resume "${name}"\`.`);
    expect(ran.code).toBe(code);
    expect(readdirSync(at(name))).not.toContain(lockFile);
    const resumed = await rushlight(['train', '--resume', name]);
    expect(resumed.code).toBe(0);
    expect(resumed.out).not.toContain('Train Epoch: 1 ');
    expect(process.listenerCount(signal)).toBe(0);
  });

  test('one is heard in the midst of an epoch, also where nothing is written meanwhile', async () => {
    const quiet = ['train', '--dataset', 'moons', '--batch-size', '2', '--log-interval', '10000', ...cpu];
    let isSent = false;
    const ran = await rushlight([...quiet, '--run-dir', 'quiet'], (written) => {
      if (isSent || !written.includes('Train Epoch: 1 ')) return;
      isSent = process.kill(process.pid, 'SIGTERM');
    });
    expect(ran.err).toContain('Stopped after 0 epochs: it is saved;');
    expect(ran.code).toBe(143);
  });

  test('one ends an evaluation, which is done again when the run goes on', async () => {
    writeFileSync(at('interrupted.ts'), `
      import { nn } from 'rushlight';
      export default class extends nn.Module {
        net = new nn.Sequential(new nn.Flatten(), new nn.Dropout({ p: 0.5 }), new nn.Linear(784, 10));
        forward(x) {
          if (!this.training && x.shape[0] > 1 && process.env.INTERRUPT) process.kill(process.pid, 'SIGINT');
          return this.net(x);
        }
      }`); // prettier-ignore
    writeIdxSet(at('idx'), { train: 100, test: 1700 });
    const args = ['train', '--dataset', 'mnist', '--data-dir', 'idx', '--model', './interrupted.ts', '--epochs', '2', ...cpu]; // prettier-ignore
    const whole = await rushlight([...args, '--run-dir', 'tested']);
    vi.stubEnv('INTERRUPT', 'yes');
    const ran = await rushlight([...args, '--run-dir', 'untested']);
    vi.unstubAllEnvs();
    expect([ran.code, ran.out.includes('Test set')]).toEqual([130, false]);
    expect(ran.err).toContain('Stopped after 0 epochs: it is saved;');
    const resumed = await rushlight(['train', '--resume', 'untested']);
    expect(ran.out + resumed.out).toBe(whole.out);
    expect(tensorsIn('untested')).toBe(tensorsIn('tested'));
  });

  test('one that comes when all is done changes nothing', async () => {
    const args = [...moons, '--epochs', '1', '--run-dir', 'late'];
    const ran = await rushlight(args, (written) => {
      if (written.includes('Test set') && !written.includes('Stopping')) process.emit('SIGINT', 'SIGINT');
    });
    expect(ran.err).not.toContain('--resume');
    expect(ran.code).toBe(0);
  });

  test('before the first step there is nothing to save', async () => {
    const ran = rushlight([...moons, '--run-dir', 'early']);
    process.emit('SIGTERM', 'SIGTERM');
    expect((await ran).err).toContain('Stopped before the first step: there was nothing to save.');
    expect((await ran).code).toBe(143);
    expect(existsSync(at('early'))).toBe(false);
  });
});

describe('a lock', () => {
  beforeAll(async () => void (await rushlight([...moons, '--epochs', '1', '--run-dir', 'locked'])));
  const lock = (holder: object | string): void =>
    writeFileSync(at('locked', lockFile), typeof holder === 'string' ? holder : JSON.stringify(holder));
  const goOn = () => rushlight(['train', '--resume', 'locked', ...cpu]);

  test('keeps a second process out, and names the first', async () => {
    mkdirSync(at('twice'));
    const release = lockRun('twice');
    expect(await rushlight([...moons, '--run-dir', 'twice'])).toEqual({
      code: 2,
      out: '',
      err:
        `rushlight: twice is being trained in by process ${process.pid}. Wait for it, stop it, or pass another --run-dir. ` +
        'If it is long gone, remove twice/training.lock.\n',
    });
    expect(readdirSync(at('twice'))).toEqual([lockFile]);
    release();
    expect((await rushlight([...moons, '--epochs', '1', '--run-dir', 'twice'])).code).toBe(0);
  });

  test('of a process that lives holds, also against a run that goes on', async () => {
    lock({ pid: process.ppid, host: hostname(), began: null });
    const { err, code } = await goOn();
    expect(err).toContain(`locked is being trained in by process ${process.ppid}.`);
    expect(code).toBe(2);
    lock({ pid: 12, host: 'another', began: null });
    expect((await goOn()).err).toContain('by process 12 on another.');
    lock('');
    expect((await goOn()).err).toContain('locked is being trained in by another process.');
  });

  test('of a process that is gone does not', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    for (const began of [null, '17']) {
      lock({ pid, host: hostname(), began });
      expect((await goOn()).err).toContain('All 1 epochs of locked are over.');
      expect(readdirSync(at('locked'))).not.toContain(lockFile);
    }
    // Its number is used again, be it by this process.
    lock({ pid: process.pid, host: hostname(), began: '17' });
    expect((await goOn()).err).toContain('All 1 epochs of locked are over.');
  });

  test('goes at every end', async () => {
    const ended = [
      [...moons, '--optimizer', 'sgd', '--lr', '1e30'],
      [...moons, '--epochs', '1'],
    ];
    for (const [k, args] of ended.entries()) {
      await rushlight([...args, '--run-dir', `ended ${k}`]);
      expect(readdirSync(at(`ended ${k}`))).toContain('config.json');
      expect(readdirSync(at(`ended ${k}`))).not.toContain(lockFile);
    }
  });
});

describe('a disk', () => {
  test('that is full ends the run in one line, and what was saved before is whole', async () => {
    const ran = await rushlight([...steps, '--epochs', '5', '--run-dir', 'full'], (written) => {
      if (written.includes('Train Epoch: 3 ')) disk.error = systemError('ENOSPC', 'no space left on device, write');
    });
    expect(ran.code).toBe(1);
    expect(ran.err).toContain('rushlight: full/last.safetensors cannot be written: the disk is full. Free some of it, or use another folder.\n'); // prettier-ignore
    expect(ran.err).toContain('What was saved before is whole: go on with `rushlight train --resume full`.');
    expect(ran.err).not.toContain('    at ');
    expect(readdirSync(at('full')).filter((name) => name.endsWith('.tmp') || name === lockFile)).toEqual([]);
    disk.error = undefined;
    const { __metadata__: metadata } = headerOf(readFileSync(at('full', 'last.safetensors')));
    expect(JSON.parse(metadata?.['rushlight.state'] ?? '')).toMatchObject({ position: { epoch: 2 } });
    const resumed = await rushlight(['train', '--resume', 'full']);
    expect(resumed.out).toContain('Train Epoch: 3 ');
    expect(resumed.code).toBe(0);
  });

  test('that is full from the beginning leaves no folder', async () => {
    disk.error = systemError('ENOSPC', 'no space left on device, write');
    const ran = await rushlight([...moons, '--run-dir', 'never']);
    expect(ran).toMatchObject({ code: 1, err: expect.stringContaining('never/config.json cannot be written: the disk is full.') }); // prettier-ignore
    expect(existsSync(at('never'))).toBe(false);
  });

  // /dev/full is a disk that is full.
  test.skipIf(!existsSync('/dev/full'))('that is full for the metrics', async () => {
    let isLinked = false;
    const ran = await rushlight([...steps, '--epochs', '3', '--run-dir', 'metrics'], (written) => {
      if (isLinked || !written.includes('Test set')) return;
      isLinked = true;
      rmSync(at('metrics', 'metrics.jsonl'));
      symlinkSync('/dev/full', at('metrics', 'metrics.jsonl'));
    });
    expect(ran.err).toContain('rushlight: metrics/metrics.jsonl cannot be appended to: the disk is full.');
    expect(ran.code).toBe(1);
  });

  // Whoever runs the tests may be allowed everything: the system's answer is made here.
  test.each([
    ['EACCES', 'there is no permission. Use another folder, or change its permissions.'],
    ['EROFS', 'the file system is read-only. Use another folder.'],
  ])('that refuses with %s', async (code, message) => {
    disk.error = systemError(code, 'write');
    const ran = await rushlight([...moons, '--run-dir', 'refused']);
    expect(ran).toMatchObject({ code: 1, err: expect.stringContaining(`refused/config.json cannot be written: ${message}`) }); // prettier-ignore
  });

  test('a run folder that cannot be one', async () => {
    writeFileSync(at('things.csv'), csv(30));
    const { err, code } = await rushlight([...moons, '--run-dir', 'things.csv/run']);
    expect(err).toContain('rushlight: the run folder things.csv/run cannot be written to (ENOTDIR: ');
    expect(code).toBe(2);
  });
});

test('a folder for a run without a name: the next that is free; none where nothing came of it', async () => {
  expect((await rushlight([...moons, '--optimizer', 'adamw', '--model', './nowhere.ts'])).code).toBe(2);
  expect(existsSync(at('runs'))).toBe(false);
  for (const name of ['moons-mlp', 'moons-mlp-2']) {
    await rushlight([...moons, '--epochs', '1']);
    expect(existsSync(at('runs', name, 'last.safetensors'))).toBe(true);
  }
  expect((await rushlight([...moons, '--run-dir', 'a/b/c', '--model', './nowhere.ts'])).code).toBe(2);
  expect(existsSync(at('a'))).toBe(false);
});

test('the configuration says what a run was told last', async () => {
  await rushlight([...moons, '--scheduler', 'none', '--epochs', '1', '--run-dir', 'longer']);
  await rushlight(['train', '--resume', 'longer', '--epochs', '2', '--log-interval', '3']);
  const { settings } = JSON.parse(readFileSync(at('longer', 'config.json'), 'utf8')) as { settings: object };
  expect(settings).toMatchObject({ epochs: 2, logInterval: 3, scheduler: 'none' });
});

describe('what cannot be resumed', () => {
  beforeAll(async () => void (await rushlight([...moons, '--epochs', '1', '--run-dir', 'run'])));

  /** A copy of the run with another last checkpoint. */
  const withLast = (name: string, bytes: Uint8Array): void => {
    cpSync(at('run'), at(name), { recursive: true });
    writeFileSync(at(name, 'last.safetensors'), bytes);
  };
  const last = (): Buffer => readFileSync(at('run', 'last.safetensors'));

  /** The last checkpoint with other metadata. */
  function withMetadata(change: (metadata: Metadata) => Metadata | undefined): Uint8Array {
    const { __metadata__: metadata = {}, ...tensors } = headerOf(last());
    const changed = change(metadata);
    const header = Buffer.from(JSON.stringify({ ...(changed && { __metadata__: changed }), ...tensors }));
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(header.length));
    return Buffer.concat([size, header, last().subarray(8 + Number(last().readBigUInt64LE()))]);
  }

  const withRecordVersion = (version: number): Uint8Array =>
    withMetadata((metadata) => ({
      ...metadata,
      'rushlight.state': (metadata['rushlight.state'] ?? '').replace('"extra":{"version":1', `"extra":{"version":${version}`),
    })); // prettier-ignore

  test('what is not there', async () => {
    expect((await rushlight(['train', '--resume', 'nowhere'])).err).toContain('rushlight: nowhere is not there. Pass the folder of a run'); // prettier-ignore
    mkdirSync(at('empty'));
    const empty = await rushlight(['train', '--resume', 'empty']);
    expect(empty.err).toBe('rushlight: empty holds no run. Pass the folder of one, or one of its checkpoints.\n');
    expect(empty.code).toBe(2);
    expect(readdirSync(at('empty'))).toEqual([]);
    expect((await rushlight(['train', '--resume', 'run', '--lr', '1'])).err).toContain('a run that is resumed keeps its settings, but --lr is given.'); // prettier-ignore
    expect((await rushlight(['train', '--resume', 'run', '--config', 'c.yaml'])).err).toContain('but --config is given.'); // prettier-ignore
    expect((await rushlight([...moons, '--run-dir', 'run'])).err).toContain('rushlight: run holds a run. Go on with `rushlight train --resume run`'); // prettier-ignore
  });

  test('what was stopped too early', async () => {
    cpSync(at('run'), at('first epoch'), { recursive: true });
    rmSync(at('first epoch', 'best.safetensors'));
    const { err, code } = await rushlight(['eval', 'first epoch', ...cpu]);
    expect(err).toBe('rushlight: first epoch has no best.safetensors: none of its epochs is over. Go on with `rushlight train --resume "first epoch"`, or pass --checkpoint last.\n'); // prettier-ignore
    expect(code).toBe(2);
    expect((await rushlight(['eval', 'first epoch', '--checkpoint', 'last', ...cpu])).code).toBe(0);
    rmSync(at('first epoch', 'last.safetensors'));
    expect((await rushlight(['train', '--resume', 'first epoch'])).err).toContain('first epoch has no last.safetensors: nothing was saved before the run ended. Begin it anew.'); // prettier-ignore
  });

  test('a checkpoint that is half written', async () => {
    for (const share of [0.0001, 0.1, 0.9]) {
      const name = `half ${share}`;
      withLast(name, last().subarray(0, Math.ceil(share * last().length)));
      const { err, code } = await rushlight(['train', '--resume', name]);
      expect(err).toMatch(/^rushlight: .*half [\d.]+\/last\.safetensors .+\n$/);
      expect(code).toBe(1);
    }
  });

  test('a checkpoint of something else', async () => {
    withLast(
      'foreign',
      withMetadata(() => undefined),
    );
    const foreign = await rushlight(['train', '--resume', 'foreign']);
    expect(foreign.err).toContain('foreign/last.safetensors does not say what it was trained on: it was not written by `rushlight train`.'); // prettier-ignore
    expect(foreign.code).toBe(2);
    writeFileSync(at('weights.pt'), 'PK and so on');
    expect((await rushlight(['train', '--resume', 'weights.pt'])).err).toMatch(/^rushlight: weights\.pt .+\n$/);
    expect((await rushlight(['train', '--resume', 'run/best.safetensors'])).err).toContain('run/best.safetensors holds weights alone, and nothing that a run could go on from.'); // prettier-ignore
  });

  test('a checkpoint of another version', async () => {
    withLast('older', withRecordVersion(0));
    expect(await rushlight(['train', '--resume', 'older'])).toMatchObject({ code: 2, err: expect.stringContaining('older/last.safetensors was written by an older Rushlight: its record has version 0, and this one reads 1. Begin a new run.') }); // prettier-ignore
    withLast('newer', withRecordVersion(2));
    expect((await rushlight(['eval', 'newer', '--checkpoint', 'last'])).err).toContain('newer/last.safetensors was written by a newer Rushlight'); // prettier-ignore
    withLast(
      'future',
      withMetadata((metadata) => ({ ...metadata, 'rushlight.checkpoint': '9' })),
    );
    expect(await rushlight(['train', '--resume', 'future', '--epochs', '1'])).toMatchObject({ code: 1, err: expect.stringContaining('future/last.safetensors is of version 9 of checkpoints, and this reads version 1. Update Rushlight.') }); // prettier-ignore
  });
});

describe('data that has changed since', () => {
  const args = ['train', '--dataset', 'things.csv', '--target', 'colour', '--drop', 'name', '--epochs', '2', ...cpu];
  beforeAll(async () => {
    writeFileSync(at('things.csv'), csv(100));
    await rushlight([...args, '--run-dir', 'whole']);
    await rushlight([...steps.slice(0, 1), ...args.slice(1), '--run-dir', 'stopped', '--checkpoint-every', '1'], (written) => {
      if (written.includes('Train Epoch: 2 ')) process.emit('SIGTERM', 'SIGTERM');
    });
  }); // prettier-ignore

  test('is noticed: a run does not go on, and an evaluation says what it measures', async () => {
    const before = (await rushlight(['eval', 'whole', ...cpu])).out;
    writeFileSync(at('things.csv'), csv(100).replaceAll('\n', '\r\n'));
    expect(await rushlight(['eval', 'whole', ...cpu])).toMatchObject({ out: before, err: '' });

    writeFileSync(at('things.csv'), csv(101));
    const resumed = await rushlight(['train', '--resume', 'stopped']);
    expect(resumed.err).toBe(`rushlight: ${at('things.csv')} has 101 samples, and had 100 when the run began: stopped cannot go on with it. Bring it back as it was, or begin a new run with it.\n`); // prettier-ignore
    expect(resumed.code).toBe(2);
    const evaluated = await rushlight(['eval', 'whole', ...cpu]);
    expect(evaluated.err).toBe(`${at('things.csv')} has 101 samples, and had 100 when the run began: samples tested with may have been trained on. Pass --data with rows that were not.\n`); // prettier-ignore
    expect(evaluated.code).toBe(0);

    writeFileSync(at('things.csv'), csv(100).replace('thing 50,', 'thing fifty,'));
    expect((await rushlight(['train', '--resume', 'stopped'])).err).toContain('has other samples than when the run began: stopped cannot go on with it.'); // prettier-ignore

    writeFileSync(at('things.csv'), csv(100));
    expect((await rushlight(['train', '--resume', 'stopped'])).code).toBe(0);
  });

  test('numbers are scaled as they were when it was trained', async () => {
    // Of the same rows, a tenth of their size: the schema of the run makes other numbers of them, one fitted anew would make the same.
    const before = (await rushlight(['eval', 'whole', '--json', ...cpu])).out;
    const [head = '', ...rows] = csv(100).trim().split('\n');
    const small = rows.map((row) => {
      const [name, a, b, y, colour] = row.split(',');
      return [name, Number(a) / 10, Number(b) / 10, y, colour].join(',');
    });
    writeFileSync(at('things.csv'), [head, ...small, ''].join('\n'));
    const after = await rushlight(['eval', 'whole', '--json', ...cpu]);
    expect(after.err).toContain('has other samples than when the run began');
    expect(JSON.parse(after.out).loss).not.toBeCloseTo(JSON.parse(before).loss, 3);
  });
});
