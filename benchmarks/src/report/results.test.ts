import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { collectVersions, defaultPath, findFault, loadResults, saveResults } from './results.ts';
import { sampleResult, sampleResults } from './sample-results.ts';

const folder = mkdtempSync(join(tmpdir(), 'rushlight-results-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('results come back as they were, oldest first, and nothing else is left behind', () => {
  const earlier = { ...sampleResults, date: '2025-01-01T00:00:00.000Z' };
  saveResults(defaultPath(folder, sampleResults, ['tiny', 'mlp']), sampleResults);
  saveResults(join(folder, 'z.json'), earlier);
  expect(readdirSync(folder).toSorted()).toEqual(['2026-11-22-17-00-01-1-thread-tiny-mlp.json', 'z.json']);
  expect(loadResults(folder)).toEqual([earlier, sampleResults]);
  expect(loadResults(join(folder, 'none'))).toEqual([]);
});

test('a wrong answer is a fault, so is a workload that nobody could do; a rival that cannot is none', () => {
  const run = (rows: typeof sampleResult.rows, base?: string) =>
    findFault({ ...sampleResults, workloads: [{ ...sampleResult, rows, ...(base ? { base } : {}) }] });
  expect(run(sampleResult.rows)).toBe('DISAGREEMENT: other numbers from Library B (tiny), see WRONG above.');
  expect(run(sampleResult.rows.slice(0, 3))).toBeUndefined();
  const [torch, ours] = sampleResult.rows;
  const unable = { kind: 'unable', reason: 'it ended' } as const;
  expect(run([torch!, { ...ours!, failure: unable }])).toBe('FAILURE: nothing from Rushlight cpu (tiny), see above.');
  const { base: _, ...nobody } = sampleResult;
  const alone = { ...nobody, rows: sampleResult.rows.slice(2, 3) };
  expect(findFault({ ...sampleResults, workloads: [alone] })).toBe('Nobody could be measured on tiny.');
});

test('versions of all contenders are collected once', () => {
  expect(collectVersions([sampleResult, sampleResult])).toEqual({ a: '1', torch: '2.0' });
});
