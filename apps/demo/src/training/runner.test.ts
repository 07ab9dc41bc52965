// The worker's side of a run, without a worker: what it tells, in which order, of which run.

import { devices } from 'rushlight';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Command, Report, Saved, Told } from './protocol.ts';
import { Runner } from './runner.ts';

const config = {
  set: 'moons', classes: 2, noise: 0.3, n: 60, test: 0.3, layers: [4], act: 'tanh', opt: 'adam', lr: 0.03, momentum: 0.9, batch: 16, decay: 0,
  seed: 0, points: [],
}; // prettier-ignore

let told: Told[];
let runner: Runner;
beforeEach(() => {
  told = [];
  runner = new Runner((message) => {
    told.push(message);
    if (message.report.kind === 'view') runner.command({ kind: 'seen' });
  });
  void runner.serve();
});
afterEach(() => {
  for (const device of devices()) device.dispose();
});

const make = (run: number, changes: object = {}): Command => ({ kind: 'make', run, job: 'playground', config: { ...config, ...changes }, backend: 'cpu' }); // prettier-ignore
const kinds = (): string[] => told.map(({ report }) => report.kind);
const all = <K extends Report['kind']>(kind: K): Extract<Report, { kind: K }>[] =>
  told.map(({ report }) => report).filter((report): report is Extract<Report, { kind: K }> => report.kind === kind);
const until = (condition: () => boolean): Promise<void> =>
  vi.waitFor(() => expect(condition()).toBe(true), { timeout: 30_000, interval: 5 });
const lastStep = (): number => all('progress').at(-1)?.progress.step ?? -1;

async function ask<T>(command: Command & { readonly id: number }): Promise<T> {
  runner.command(command);
  await until(() => all('answer').some(({ id }) => id === command.id));
  return all('answer').find(({ id }) => id === command.id)?.answer as T;
}

async function runFor(steps: number): Promise<void> {
  const aim = lastStep() + steps;
  runner.command({ kind: 'run', steps });
  await until(() => lastStep() === aim && kinds().at(-1) === 'view');
}

test('makes so many steps as it is told, tells each loss once, and stops', async () => {
  runner.command(make(1));
  await until(() => kinds().includes('view'));
  expect(kinds().slice(-3)).toEqual(['made', 'progress', 'view']);
  await runFor(3);
  expect(all('progress').flatMap(({ progress }) => progress.losses.filter((_, k) => k % 2 === 0))).toEqual([1, 2, 3]);
  const at = kinds().lastIndexOf('running');
  expect(kinds().slice(at)).toContain('paused');
  expect(kinds().at(-1)).toBe('view');
});

test('of several beginnings in a row the last alone is made, and everything told is of its own run', async () => {
  runner.command(make(1));
  await until(() => kinds().includes('view'));
  runner.command({ kind: 'run' });
  await until(() => lastStep() > 5);
  for (const run of [2, 3, 4]) runner.command(make(run));
  await until(() => told.some(({ run, report }) => run === 4 && report.kind === 'view'));
  expect(told.filter(({ report }) => report.kind === 'made').map(({ run }) => run)).toEqual([1, 4]);
  const ofLast = told.filter(({ run }) => run === 4).map(({ report }) => report);
  expect(ofLast.map((report) => (report.kind === 'progress' ? report.progress : undefined)).find(Boolean)).toMatchObject({ step: 0, losses: [], evaluations: [] }); // prettier-ignore
});

test('a run that cannot be made says why, also when it is to begin', async () => {
  runner.command(make(1, { layers: [-3] }));
  await until(() => kinds().includes('notice'));
  const [{ notice } = {}] = all('notice');
  expect(notice).toMatchObject({ kind: 'failed', message: expect.stringMatching(/-3/) });
  runner.command({ kind: 'run' });
  await until(() => all('notice').length === 2);
  expect(all('notice')[1]?.notice).toEqual(notice);
  expect(kinds()).not.toContain('running');
  expect(kinds().at(-1)).toBe('paused');
});

test('goes on from what it saved, and has forgotten what came after', async () => {
  runner.command(make(1));
  await until(() => kinds().includes('view'));
  await runFor(2);
  const { bytes, step } = await ask<Saved>({ kind: 'save', id: 1 });
  expect(step).toBe(2);
  await runFor(3);
  const before = told.length;
  expect(await ask({ kind: 'load', id: 2, bytes })).toEqual({ kind: 'run' });
  await until(() => lastStep() === 2);
  const later = told.slice(before).flatMap(({ report }) => (report.kind === 'progress' ? report.progress.losses : []));
  expect(later).toEqual([]);
  expect(await ask({ kind: 'load', id: 3, bytes: bytes.slice(0, 99) })).toMatchObject({ kind: 'broken' });
});

test('goes on on another backend while it runs, and tells of it when what is shown is of that one', async () => {
  runner.command(make(1));
  await until(() => kinds().includes('view'));
  runner.command({ kind: 'run' });
  await until(() => lastStep() > 5);
  const before = told.length;
  runner.command({ kind: 'backend', backend: 'wasm' });
  await until(() => all('device').length === 2);
  const at = told.findIndex(({ report }, k) => k >= before && report.kind === 'device');
  expect(told[at]?.report).toMatchObject({ device: { name: 'wasm' } });
  expect(told[at - 1]?.report.kind).toBe('view');
  const reached = lastStep();
  await until(() => lastStep() > reached);
  const going = told.length;
  runner.command({ kind: 'pause' });
  await until(() => told.slice(going).some(({ report }) => report.kind === 'paused') && kinds().at(-1) === 'view');
  const { length } = told;
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(told.length).toBe(length);
});
