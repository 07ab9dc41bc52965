// What a run gives: numbers that follow from the seed, lines for programs, and an end that says why.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { inOwnFolder, rushlight } from './testing/in-process.ts';

const at = inOwnFolder();
const cpu = ['--backend', 'cpu'];
const last = (run: string): Buffer => readFileSync(at(run, 'last.safetensors'));

test('it learns, and says the same for the same seed', async () => {
  const args = ['train', '--dataset', 'blobs', '--epochs', '8', ...cpu];
  const first = await rushlight([...args, '--run-dir', 'seed 3', '--seed', '3']);
  expect(first.out).toMatch(/Accuracy: (1[89]\d|200)\/200/);
  expect((await rushlight([...args, '--run-dir', 'seed 3 again', '--seed', '3'])).out).toBe(first.out);
  expect((await rushlight([...args, '--run-dir', 'seed 4', '--seed', '4'])).out).not.toBe(first.out);
});

test('--json: each line is an object', async () => {
  const { out, code } = await rushlight(['train', '--dataset', 'blobs', '--epochs', '1', '--json', '--run-dir', 'json', ...cpu]); // prettier-ignore
  expect(code).toBe(0);
  const lines = out.trim().split('\n').map((line) => JSON.parse(line) as { event?: string }); // prettier-ignore
  expect(lines.map(({ event }) => event)).toEqual(['start', 'step', 'step', 'step', 'step', 'epoch', 'end']);
});

test('a loss that is no number ends the run with a code of its own, and names the place; its folder can be used again', async () => {
  const wild = ['train', '--dataset', 'moons', '--optimizer', 'sgd', '--run-dir', 'anew', '--epochs', '1', ...cpu];
  const { code, err } = await rushlight([...wild, '--lr', '1e30']);
  expect(err).toMatch(/rushlight: the loss is (NaN|Infinity) at step \d+ \(epoch 1\)\. It began in the /);
  expect(code).toBe(3);
  expect((await rushlight([...wild, '--lr', '0.1'])).code).toBe(0);
  const lines = readFileSync(at('anew', 'metrics.jsonl'), 'utf8');
  expect(lines.match(/"kind":"epoch"/g)).toHaveLength(1);
});

test('what had ended early, or is over, stays so; a schedule keeps its length', async () => {
  const resume = (...args: string[]) => rushlight(['train', '--resume', ...args]);
  const early = ['train', '--dataset', 'moons', '--epochs', '30', '--early-stopping', '2', '--scheduler', 'none', '--run-dir', 'early', ...cpu]; // prettier-ignore
  expect((await rushlight(early)).err).toContain('accuracy has not improved on');
  const before = last('early');
  expect((await resume('early')).err).toContain('accuracy has not improved on');
  expect(last('early').equals(before)).toBe(true);

  expect((await rushlight(['train', '--dataset', 'moons', '--epochs', '2', '--run-dir', 'short', ...cpu])).code).toBe(0); // prettier-ignore
  expect((await resume('short')).err).toContain('All 2 epochs of short are over.');
  const longer = await resume('short', '--epochs', '4');
  expect(longer.err).toContain('the schedule cosine of the run was made for 2 epochs, but --epochs is 4.');
  expect(longer.code).toBe(2);
});
