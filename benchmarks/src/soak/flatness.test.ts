import { describe, expect, test } from 'vitest';
import { describeVerdict, judge, plotSample, type Sample } from './flatness.ts';

const mega = 2 ** 20;
const run = (resident: (k: number) => number): Sample[] =>
  Array.from({ length: 40 }, (_, k) => ({ steps: 5 * (k + 1), seconds: k, resident: resident(k + 1) * mega }));

describe('memory', () => {
  test('that rises in the first tenth only is flat', () => {
    const verdict = judge(run((k) => 100 * Math.min(k, 4)));
    expect(verdict).toEqual({ settled: 400 * mega, most: 400 * mega, last: 400 * mega, isFlat: true });
  });

  test('may rise and fall by a tenth', () => {
    expect(judge(run((k) => (k % 2 ? 109 : 100))).isFlat).toBe(true);
    expect(judge(run((k) => (k === 30 ? 111 : 100))).isFlat).toBe(false);
  });

  test('that grows slowly is not flat', () => {
    const verdict = judge(run((k) => 100 + k));
    expect(verdict.isFlat).toBe(false);
    expect(describeVerdict(verdict)).toBe(
      'NOT FLAT: 104 MB after the first tenth of the steps, at most 140 MB after that (+34.6 %), 140 MB at the end',
    );
  });

  test('that falls is flat', () => {
    expect(describeVerdict(judge(run((k) => 200 - k)))).toContain('flat: 196 MB');
  });

  test('is not judged by too little', () => {
    expect(() => judge([])).toThrow('0 samples of memory are too few');
    expect(() => judge(run(() => 1).slice(30))).toThrow('too few');
  });
});

test('a line shows how much of the highest it is', () => {
  expect(plotSample({ steps: 5000, seconds: 2, resident: 50 * mega }, 100 * mega)).toBe(
    `    5,000    2.0 s     50 MB  ${'█'.repeat(15).padEnd(30)}`,
  );
});
