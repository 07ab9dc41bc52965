// Against every 9703rd number. `MATH_STRIDE=31 npx vitest run error-table` takes every 31st, some minutes long, and writes the table.

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { hasRelaxedSimd } from '../features.ts';
import { mathOps, worstErrors, type Worst } from './error-table.ts';
import type { MathOp } from './index.ts';

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

/** What is wrong with an error that is beyond its limit. Relaxed code has the larger of both: where a processor cannot fuse it is plain. */
function beyond(op: MathOp, { error, at }: Worst, relaxed: boolean): string | undefined {
  const { fused: fusedLimit = 0, plain: plainLimit = 0 } = stated.get(op) ?? {};
  const limit = Math.min(relaxed ? Math.max(fusedLimit, plainLimit) : plainLimit, 2);
  return error <= limit ? undefined : `${op}(${at.join(', ')}) is off by ${error}, not ${limit}`;
}

describe.skipIf(rewriting).each([plain, fused])('relaxed SIMD: $relaxed', (features) => {
  test.skipIf(features.relaxed && !hasRelaxedSimd()).each(mathOps)('%s is as near as MATH.md says', (op) => {
    for (const worst of worstErrors(op, [features], stride))
      expect(beyond(op, worst, features.relaxed)).toBeUndefined();
  });
});

/** Why V8 makes no vectors of 256 bits here, if it makes none. */
function whyNot256(): string | undefined {
  if (Number.parseInt(process.versions.v8, 10) < 13) return 'needs V8 13';
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'needs Linux on x64';
  return readFileSync('/proc/cpuinfo', 'utf8').includes(' avx2') ? undefined : 'needs AVX2';
}

test('with vectors of 256 bits all are as near', ({ skip }) => {
  const why = whyNot256();
  skip(why !== undefined, why);
  const program = `
    import { mathOps, worstErrors } from ${JSON.stringify(new URL('error-table.ts', import.meta.url))};
    const features = [{ relaxed: false, wide: true }, { relaxed: true, wide: true }];
    console.error(JSON.stringify(mathOps.map((op) => worstErrors(op, features, ${stride * 31}))));
  `;
  const flags = ['--no-liftoff', '--experimental-wasm-revectorize', '--trace-wasm-revectorize'];
  const node = ['--conditions=@rushlight/source', '--input-type=module', '--eval', program];
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, ...node], { encoding: 'utf8', maxBuffer: 2 ** 26 });
  const found = JSON.parse(stderr) as readonly (readonly Worst[])[];
  expect(found).toHaveLength(mathOps.length);
  const wrong = mathOps.flatMap((op, k) => found[k]?.map((worst, variant) => beyond(op, worst, variant === 1)));
  expect(wrong.filter((what) => what !== undefined)).toEqual([]);
  // Of either variant the eleven functions that are all vectors, in two pairs.
  expect(stdout.match(/Decide to vectorize/g)?.length).toBeGreaterThanOrEqual(2 * 11 * 2);
});

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
