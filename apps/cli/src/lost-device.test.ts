// A run whose device is lost under it: what is told, what is written, and the end where it cannot go on.

import { readFileSync } from 'node:fs';
import type * as umbrella from 'rushlight';
import { DeviceLostError, type Backend, type BackendFactory } from 'rushlight';
import { beforeEach, expect, test, vi } from 'vitest';
import { inOwnFolder, rushlight } from './testing/in-process.ts';

const at = inOwnFolder();

const state = vi.hoisted(() => ({ lose: () => {}, opened: 0, mayOpen: true, factory: undefined as unknown }));
vi.mock('rushlight', async (importOriginal) => {
  const real = await importOriginal<typeof umbrella>();
  return { ...real, useBackend: () => real.useBackend(state.factory as BackendFactory) };
});

/** The cpu backend until `state.lose` is called. */
const frail: BackendFactory = {
  name: 'cpu',
  async create() {
    if (!state.mayOpen) throw new DeviceLostError('cpu: it is still gone.');
    state.opened++;
    const real = await vi.importActual<typeof umbrella>('rushlight');
    const device = await real.useBackend('cpu', {});
    const inner = device.backend;
    let isLost = false;
    let tell: (reason: string) => void = () => {};
    const lost = new Promise<string>((resolve) => (tell = resolve));
    state.lose = () => {
      isLost = true;
      tell('it was unplugged.');
    };
    const use = (): Backend => {
      if (isLost) throw new DeviceLostError('cpu: the device was lost: it was unplugged.');
      return inner;
    };
    return {
      name: 'cpu',
      limits: inner.limits,
      lost,
      allocate: (dtype, length) => use().allocate(dtype, length),
      free: (buffer) => use().free(buffer),
      write: (buffer, data) => use().write(buffer, data),
      read: async (buffer, offset, length) => use().read(buffer, offset, length),
      run: (launch) => use().run(launch),
      finish: async () => use().finish(),
      relieve: async () => use().relieve(),
      memory: () => use().memory(),
      dispose: () => device.dispose(),
    };
  },
};
beforeEach(() => Object.assign(state, { lose: () => {}, opened: 0, mayOpen: true, factory: frail }));

const steps = ['train', '--dataset', 'moons', '--batch-size', '250', '--log-interval', '1', '--epochs', '3'];

/** Trains, and loses the device when something was written. */
function train(name: string, when: string, more: readonly string[] = [], lose = () => state.lose()) {
  let isLost = false;
  return rushlight([...steps, '--run-dir', name, ...more], (written) => {
    if (isLost || !written.includes(when)) return;
    isLost = true;
    lose();
  });
}

/** The tensors of a run's last checkpoint, and its metrics but for times. */
const leftOf = (name: string): unknown => {
  const bytes = readFileSync(at(name, 'last.safetensors'));
  const metrics = readFileSync(at(name, 'metrics.jsonl'), 'utf8').replaceAll(/"seconds":[\d.]+/g, '');
  return [bytes.toString('base64', 8 + Number(bytes.readBigUInt64LE())), metrics];
};

test('it goes on, says so in a line, and leaves what an undisturbed run leaves', async () => {
  await rushlight([...steps, '--run-dir', 'whole']);
  const { code, err } = await train('lost', 'Train Epoch: 2 [500/');
  expect(err).toContain('\nDevice lost: it was unplugged. Going on from step 4 on cpu.\n');
  expect(code).toBe(0);
  expect(state.opened).toBe(3);
  expect(leftOf('lost')).toEqual(leftOf('whole'));
});

test('--json: a line of its own', async () => {
  const { code, out } = await train('json', '"event":"epoch"', ['--json']);
  const lines = out.trim().split('\n').map((line) => JSON.parse(line) as { event: string; seconds: number }); // prettier-ignore
  const found = lines.find(({ event }) => event === 'resumed');
  expect(found).toEqual({
    event: 'resumed', reason: 'it was unplugged.', device: { name: 'cpu', description: '' }, epoch: 2, step: 4, seconds: found?.seconds,
  }); // prettier-ignore
  expect(code).toBe(0);
});

test('where it cannot go on: why, how to go on later, exit code 1', async () => {
  const lose = (): void => {
    state.mayOpen = false;
    state.lose();
  };
  const { code, err } = await train('gone', 'Train Epoch: 2 [500/', [], lose);
  expect(err).toContain('What was saved before is whole: go on with `rushlight train --resume gone`.');
  expect(err).toContain(
    'rushlight: the device "cpu" was lost: it was unplugged. It cannot be opened again: cpu: it is still gone.',
  );
  expect(code).toBe(1);
  state.mayOpen = true;
  expect((await rushlight(['train', '--resume', 'gone'])).code).toBe(0);
  await rushlight([...steps, '--run-dir', 'whole again']);
  expect(leftOf('gone')).toEqual(leftOf('whole again'));
});
