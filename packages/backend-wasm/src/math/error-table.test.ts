// Against every 9703rd number. `MATH_STRIDE=31 npx vitest run error-table` takes every 31st, some minutes long, and writes the table.

import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { hasRelaxedSimd } from '../features.ts';
import { errorOf, mathOps, worstErrors, type Worst } from './error-table.ts';

const file = new URL('../../MATH.md', import.meta.url);
const plain = { relaxed: false, wide: false };
const fused = { relaxed: true, wide: false };
const stride = 31 * 313;

const stated = new Map<string, { fused: number; plain: number }>();
for (const line of readFileSync(file, 'utf8').split('\n')) {
  const [, op, fusedError, , plainError] = line.split('|').map((cell) => cell.trim());
  if (op?.startsWith('`')) stated.set(op.slice(1, -1), { fused: Number(fusedError), plain: Number(plainError) });
}

const rewriting = process.env.MATH_STRIDE;

test.skipIf(rewriting).each(mathOps)('%s, multiplied and then added, is as near as MATH.md says', (op) => {
  const [worst] = worstErrors(op, [plain], stride);
  const limit = stated.get(op)?.plain ?? 0;
  expect(limit).toBeLessThanOrEqual(2);
  expect(worst?.error, `at ${worst?.at.join(', ')}`).toBeLessThanOrEqual(limit);
});

test.skipIf(rewriting ?? !hasRelaxedSimd()).each(mathOps)(
  '%s, fused, is as near as MATH.md says (needs relaxed SIMD)',
  (op) => {
    const [worst] = worstErrors(op, [fused], stride);
    const limit = stated.get(op)?.fused ?? 0;
    expect(limit).toBeLessThanOrEqual(2);
    expect(worst?.error, `at ${worst?.at.join(', ')}`).toBeLessThanOrEqual(limit);
  },
);

const cell = ({ error, at }: Worst): string =>
  `${(Math.ceil(error * 100) / 100).toFixed(2)} | ${at.map((x) => Number(x.toPrecision(9))).join(', ') || '–'}`;

test.runIf(rewriting)('the table is written', { timeout: 0 }, () => {
  const worst = mathOps.map((op) => worstErrors(op, [fused, plain], Number(rewriting)));
  const rows = mathOps.map((op, k) => `| \`${op}\` | ${worst[k]?.map(cell).join(' | ')} |`);
  const text = readFileSync(file, 'utf8');
  const head = text.slice(0, text.indexOf('| ---'));
  const rule = '| --- | --- | --- | --- | --- |';
  writeFileSync(file, `${head}${rule}\n${rows.join('\n')}\n`);
  expect(worst.flat().filter(({ error }) => error > 2)).toEqual([]);
});

test('an error is told in units of the last place of the exact result', () => {
  expect(errorOf(1, 1)).toBe(0.5);
  expect(errorOf(1 + 2 ** -22, 1)).toBe(2);
  expect(errorOf(2 ** -148, 2 ** -149)).toBe(1);
  expect(errorOf(3.4028234663852886e38, Infinity)).toBe(1);
  expect(errorOf(Infinity, 3.4028234663852886e38)).toBe(1);
  for (const [result, exact] of [
    [0, -0],
    [NaN, 1],
    [1, NaN],
    [Infinity, -Infinity],
  ] as const) {
    // prettier-ignore
    expect(errorOf(result, exact)).toBeGreaterThan(1e6);
  }
});
