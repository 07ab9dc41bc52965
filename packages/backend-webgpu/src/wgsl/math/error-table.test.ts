// At 20,000 numbers a function. `MATH_COUNT=2000000 npx vitest run error-table` takes that many and writes the columns of the driver in
// use, of which RUSHLIGHT_GPU_DRIVER asks for one.

import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { driverInUse, whyNoDriver } from '../../testing/driver.ts';
import { openWebGpu, type WebGpuBackend } from '../../webgpu.ts';
import { mathOps, worstError, type Worst } from './error-table.ts';

const file = new URL('../../../MATH.md', import.meta.url);
const drivers = ['swiftshader', 'llvmpipe'] as const;
const unavailable = whyNoDriver();
const rewriting = process.env.MATH_COUNT;

/** Square roots and quotients as on a GPU, corrected. */
const corrected = { software: false };

/** The cells of each row: error and place of either driver. */
const rows = new Map<string, string[]>();
const text = readFileSync(file, 'utf8');
const rule = /^\| -.*\n/m.exec(text);
const head = text.slice(0, (rule?.index ?? 0) + (rule?.[0].length ?? 0));
for (const line of text.slice(head.length).split('\n')) {
  const [, op, ...cells] = line.split('|').map((cell) => cell.trim());
  if (op) rows.set(op.slice(1, -1), cells.slice(0, 4));
}

let backend: WebGpuBackend;
beforeAll(async () => {
  if (unavailable === undefined) backend = await openWebGpu({ budget: 2 ** 28 });
});
afterAll(() => backend?.dispose());

describe.skipIf(unavailable !== undefined || rewriting)('on a device', () => {
  test.each(mathOps)('%s is as near as MATH.md says', async (op) => {
    const { error, at } = await worstError(backend, op, 20_000, corrected);
    const [first = NaN, , second = NaN] = rows.get(op)?.map(Number) ?? [];
    // WGSL lets a division be 2.5 units off, and programs on the CPU make no use of it.
    const limit = Math.min(Math.max(first, second), 4) + (backend.machine.features.software ? 0 : 2.5);
    expect(error <= limit ? undefined : `${op}(${at.join(', ')}) is off by ${error}, not ${limit}`).toBeUndefined();
  });
});

const cells = ({ error, at }: Worst): string[] => [
  (Math.ceil(error * 100) / 100).toFixed(2),
  at.map((x) => Number(x.toPrecision(9))).join(', ') || '–',
];

test.runIf(rewriting)('the table is written', { timeout: 0 }, async () => {
  const column = drivers.findIndex((name) => driverInUse()?.adapter.toLowerCase().includes(name));
  expect(column, 'the table has no column for this driver').toBeGreaterThanOrEqual(0);
  for (const op of mathOps) {
    const row = rows.get(op) ?? ['', '', '', ''];
    const worst = await worstError(backend, op, Number(rewriting), corrected);
    expect(worst.error, `${op} at ${worst.at.join()}`).toBeLessThanOrEqual(4);
    row.splice(2 * column, 2, ...cells(worst));
    rows.set(op, row);
  }
  writeFileSync(file, `${head}${mathOps.map((op) => `| \`${op}\` | ${rows.get(op)?.join(' | ')} |`).join('\n')}\n`);
});
