// Parts of the picture in a terminal: whatever the numbers, nothing is wider than it may be.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classReport } from './class-report.ts';
import { columnsOf } from './columns-of.ts';
import { glyphsFor } from './glyphs.ts';
import { liveBlock, type Live } from './live-block.ts';
import { LossHistory } from './loss-history.ts';
import { plotLoss } from './loss-plot.ts';
import { showBytes, showCount, showNumber, showRate, showSeconds, showShare } from './quantities.ts';
import { wrapWords } from './run-header.ts';
import { Smoothed } from './smoothed.ts';
import { Speed } from './speed.ts';

const plain = { glyphs: glyphsFor({}, 'linux'), paint: (_style: string, text: string) => text };
const ascii = { ...plain, glyphs: glyphsFor({ TERM: 'linux' }, 'linux') };

describe('quantities', () => {
  test.each([
    [showNumber(0.104249), '0.1042'],
    [showNumber(123.456), '123.5'],
    [showNumber(0), '0.0000'],
    [showNumber(1.234e-7), '1.23e-7'],
    [showNumber(1.234e7), '1.23e+7'],
    [showNumber(-Infinity), '-inf'],
    [showNumber(NaN), 'NaN'],
    [showRate(0.004 * 0.7 ** 2), '0.00196'],
    [showRate(1e-7), '1e-7'],
    [showRate(0), '0'],
    [showShare(0.9712), '97.12 %'],
    [showCount(8000.4), '8,000'],
    [showSeconds(3.14), '3.1s'],
    [showSeconds(9.96), '10s'],
    [showSeconds(59.7), '1m 00s'],
    [showSeconds(7500), '2h 05m'],
    [showSeconds(273_600), '3d 04h'],
    [showBytes(512), '512 B'],
    [showBytes(21_032), '20.5 KiB'],
    [showBytes(3 * 1024 ** 3), '3.0 GiB'],
  ])('%s', (shown, expected) => expect(shown).toBe(expected));
});

describe('Smoothed', () => {
  test('is the mean of few, and follows what is new', () => {
    const smoothed = new Smoothed();
    expect(smoothed.value).toBeUndefined();
    smoothed.add(10, 1);
    expect(smoothed.value).toBeCloseTo(1);
    smoothed.add(11, 3);
    expect(smoothed.value).toBeCloseTo(2, 1);
    smoothed.add(12, NaN);
    expect(smoothed.value).toBeCloseTo(2, 1);
    smoothed.add(1000, 7);
    expect(smoothed.value).toBeCloseTo(7);
  });
});

describe('Speed', () => {
  test('is of the last seconds, and pauses between epochs', () => {
    const speed = new Speed();
    for (let k = 0; k <= 100; k++) speed.mark(k * 100, k * 50);
    expect(speed.rate).toBeCloseTo(500);
    for (let k = 1; k <= 100; k++) speed.mark(10_000 + k * 100, 5000 + k * 20);
    expect(speed.rate).toBeCloseTo(200);
    speed.pause();
    speed.mark(90_000, 0);
    expect(speed.rate).toBeCloseTo(200);
    speed.mark(92_500, 1000);
    expect(speed.rate).toBeCloseTo(300);
    // An epoch begins without a pause.
    speed.mark(99_000, 0);
    expect(speed.rate).toBeCloseTo(300);
  });

  test('is of many epochs where each is short', () => {
    const speed = new Speed();
    for (let epoch = 0; epoch < 1000; epoch++) {
      for (let k = 0; k < 4; k++) speed.mark(epoch * 100 + k, k * 3);
      speed.pause();
    }
    expect(speed.rate).toBeCloseTo(3000);
  });
});

describe('LossHistory', () => {
  test('is bounded, in order, and keeps the mean', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9000 }), (count) => {
        const history = new LossHistory();
        for (let step = 1; step <= count; step++) history.add(step, step);
        const { points } = history;
        expect(points.length).toBeLessThanOrEqual(1024);
        expect(points.every(({ step, loss }) => step === loss)).toBe(true);
        expect(points.every(({ step }, k) => step > (points[k - 1]?.step ?? 0))).toBe(true);
        expect(points.length).toBeGreaterThanOrEqual(Math.min(count, 512));
      }),
      { numRuns: 30 },
    );
  });
});

describe('plotLoss', () => {
  const line = (losses: readonly number[]) => losses.map((loss, k) => ({ step: k + 1, loss }));

  test('draws a line from the top left to the bottom right', () => {
    const options = { ...plain, width: 22, height: 3, stepsPerEpoch: 2 };
    expect(plotLoss(line([3, 2.5, 2, 1.5, 1]), options)).toEqual([
      '3.0000 ┤⠉⠒⠤⢄⡀',
      '2.0000 ┤    ⠈⠉⠒⠤⢄⡀',
      '1.0000 ┤         ⠈⠑⠒⠤⣀',
      '       └───┴──────┴───',
      '        step 1 loss  5',
    ]);
    expect(plotLoss(line([3, 2, 1]), { ...ascii, width: 22, height: 3, stepsPerEpoch: 100 })).toEqual([
      '3.0000 +****',
      '2.0000 +    ******',
      '1.0000 +          ****',
      '       +--------------',
      '        step 1 loss  3',
    ]);
  });

  test('has a logarithmic axis where the loss spans more than a power of ten', () => {
    const lines = plotLoss(line([10, 1, 0.1]), { ...plain, width: 60, height: 7, stepsPerEpoch: 100 });
    expect(lines[0]).toContain('10.0000 ┤');
    expect(lines[3]).toContain('1.0000 ┤');
    expect(lines[6]).toContain('0.1000 ┤');
    expect(lines.at(-1)).toContain('loss (log scale)');
  });

  test('has no line through less than two points', () => {
    expect(plotLoss(line([1]), { ...plain, width: 60, height: 6, stepsPerEpoch: 5 })).toEqual([]);
    expect(plotLoss([], { ...plain, width: 60, height: 6, stepsPerEpoch: 5 })).toEqual([]);
  });
});

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
const seconds = maybe(fc.double({ min: 0, max: 8e6, noNaN: true }));
const loss = maybe(fc.double({ min: 0, max: 1e30 }));

const live: fc.Arbitrary<Live> = fc.record({
  task: fc.constantFrom('classification', 'regression'),
  epoch: fc.integer({ min: 1, max: 9999 }),
  epochs: fc.integer({ min: 1, max: 9999 }),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  isEvaluating: fc.boolean(),
  epochLeft: seconds,
  runLeft: seconds,
  loss,
  lastLoss: loss,
  accuracy: maybe(fc.double({ min: 0, max: 1, noNaN: true })),
  speed: maybe(fc.double({ min: 0, max: 999_999, noNaN: true })),
  lr: fc.array(fc.double({ min: 0, max: 10, noNaN: true }), { maxLength: 3 }),
  points: fc
    .array(fc.double({ min: -1e3, max: 1e9, noNaN: true }), { maxLength: 300 })
    .map((losses) => losses.map((value, k) => ({ step: 1 + 3 * k, loss: value }))),
  stepsPerEpoch: fc.integer({ min: 1, max: 1000 }),
});

describe('liveBlock', () => {
  test('is never wider than it may be, nor higher than the terminal', () => {
    fc.assert(
      fc.property(
        live,
        fc.integer({ min: 59, max: 119 }),
        fc.integer({ min: 5, max: 60 }),
        fc.boolean(),
        (state, width, rows, isAscii) => {
          const lines = liveBlock(state, { ...(isAscii ? ascii : plain), width, rows });
          for (const text of lines) expect(text.length).toBeLessThanOrEqual(width);
          expect(lines.length).toBeLessThan(rows);
        },
      ),
      { numRuns: 300, endOnFailure: true },
    );
  });

  test('says where the run is', () => {
    const state: Live = {
      task: 'classification', epoch: 3, epochs: 12, share: 0.455, isEvaluating: false, epochLeft: 1.2,
      runLeft: 65, loss: 0.10421, lastLoss: 0.0883, accuracy: 0.9712, speed: 2611, lr: [0.00196, 0.1], points: [], stepsPerEpoch: 125,
    }; // prettier-ignore
    const show = (more: Partial<Live>): string[] => liveBlock({ ...state, ...more }, { ...plain, width: 59, rows: 40 });
    expect(show({})).toEqual([
      'Epoch  3/12 ━━━━━━━━━━━━───────────────  45 %     1.2s left',
      'loss 0.1042        last 0.0883        accuracy 97.12 %',
      '2,611 samples/s    lr 0.00196 +1      run left 1m 05s',
    ]);
    expect(show({ share: 0.5, isEvaluating: true })[0]).toContain('  50 %       testing');
    expect(show({ task: 'regression' }).join()).not.toContain('accuracy');
  });
});

describe('classReport', () => {
  const values = (confusion: number[][]) => ({
    loss: 0, confusion, precision: confusion.map(() => 0.5), recall: confusion.map(() => 1), f1: confusion.map(() => 0.25),
  }); // prettier-ignore

  test('has a row for each class, and what was taken for what', () => {
    expect(classReport(['cat', 'a large dog'], values([[12, 0], [3, 4000]]))).toEqual([
      '',
      '              precision    recall        F1   samples',
      'cat               0.500     1.000     0.250        12',
      'a large dog       0.500     1.000     0.250      4003',
      '',
      'rows: what it is, columns: what it was taken for',
      '                      cat a large dog',
      'cat                    12           0',
      'a large dog             3        4000',
    ]); // prettier-ignore
  });

  test('is aligned for names of any script, and of several lines', () => {
    const lines = classReport(['お', 'two\nlines'], values([[1, 2], [3, 4]])); // prettier-ignore
    expect(lines.slice(1, 4)).toEqual([
      '            precision    recall        F1   samples',
      'お              0.500     1.000     0.250         3',
      'two lines       0.500     1.000     0.250         7',
    ]);
    expect(lines.at(-3)).toBe('                   お two lines');
    const long = Array.from({ length: 12 }, (_, k) => `${'名前'.repeat(9)}${k}`);
    const wide = classReport(long, values(long.map(() => long.map(() => 1))));
    expect(Math.max(...wide.map(columnsOf))).toBeLessThanOrEqual(100);
  });

  test('of many classes has no table of all pairs', () => {
    const many = Array.from({ length: 13 }, (_, k) => String(k));
    expect(classReport(many, values(many.map(() => many.map(() => 1))))).toHaveLength(15);
  });
});

describe('wrapWords', () => {
  test('keeps every word, and lines within the width', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 }),
        fc.integer({ min: 12, max: 80 }),
        (words, width) => {
          const lines = wrapWords(words.join(' '), width);
          expect(lines.join(' ')).toBe(words.join(' '));
          for (const text of lines) expect(text.length).toBeLessThanOrEqual(width);
        },
      ),
    );
  });
});
