import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { ValueError } from '../errors.ts';
import type { DType } from '../kernel/dtype.ts';
import { formatTensor, type PrintedTensor } from './format-tensor.ts';
import { printOptions, setPrintOptions, type SetPrintOptions } from './print-options.ts';

type Text = number | string;

interface Case {
  dtype: DType;
  shape: number[];
  data: Text[] | { start: number; step: number };
  options?: Record<string, unknown>;
  device?: string;
  gradFnName?: string;
  requiresGrad?: boolean;
  text: string;
}

const { cases }: { cases: Case[] } = JSON.parse(
  readFileSync(new URL('../../fixtures/printing.json', import.meta.url), 'utf8'),
);

function decode({ data, shape, dtype }: Case): number[] {
  const length = shape.reduce((a, b) => a * b, 1);
  const values = Array.isArray(data) ? data.map(Number) : Array.from({ length }, (_, i) => data.start + data.step * i);
  return /float(16|32)/.test(dtype) ? values.map(Math.fround) : values;
}

afterEach(() => setPrintOptions({ profile: 'default' }));

test.each(cases.map((c, i) => [`${i}: ${c.dtype} [${c.shape}] ${JSON.stringify(c.options ?? {})}`, c] as const))(
  'PyTorch prints %s',
  (_, c) => {
    const { text, options, ...tensor } = c;
    const decoded: PrintedTensor = { ...tensor, data: decode(c) };
    setPrintOptions((options ?? {}) as SetPrintOptions);
    expect(formatTensor(decoded)).toBe(text);
  },
);

test('options of one call go over those that are set, and are gone afterwards', () => {
  const tensor = { data: [0.125, 2], shape: [2], dtype: 'float32' } as const;
  setPrintOptions({ precision: 3 });
  expect(formatTensor(tensor, { sciMode: true })).toBe('tensor([1.250e-01, 2.000e+00])');
  expect(formatTensor(tensor, { precision: 1 })).toBe('tensor([0.1, 2.0])');
  expect(formatTensor(tensor)).toBe('tensor([0.125, 2.000])');
});

test('setPrintOptions keeps what it is not told, except sciMode', () => {
  setPrintOptions({ precision: 2, linewidth: 40, sciMode: true });
  expect(printOptions().sciMode).toBe(true);
  setPrintOptions({ edgeitems: 5 });
  expect(printOptions()).toEqual({ precision: 2, threshold: 1000, edgeitems: 5, linewidth: 40, sciMode: null });
  setPrintOptions({ profile: 'full', precision: 6 });
  expect(printOptions()).toEqual({ precision: 6, threshold: Infinity, edgeitems: 3, linewidth: 80, sciMode: null });
});

test.each([
  [{ precision: -1 }, 'setPrintOptions: precision is -1. Pass an integer from 0 to 80.'],
  [{ precision: 81 }, 'setPrintOptions: precision is 81. Pass an integer from 0 to 80.'],
  [{ precision: 1.5 }, 'setPrintOptions: precision is 1.5. Pass an integer from 0 to 80.'],
  [{ edgeitems: 0 }, 'setPrintOptions: edgeitems is 0. Pass an integer of at least 1.'],
  [{ linewidth: 0 }, 'setPrintOptions: linewidth is 0. Pass an integer of at least 1.'],
  [{ threshold: NaN }, 'setPrintOptions: threshold is NaN. Pass an integer of at least 0.'],
])('%o is refused and changes nothing', (options, message) => {
  const before = printOptions();
  expect(() => setPrintOptions(options)).toThrow(ValueError);
  expect(() => setPrintOptions(options)).toThrow(message);
  expect(() => formatTensor({ data: [], shape: [0], dtype: 'float32' }, options)).toThrow(message);
  expect(printOptions()).toEqual(before);
});

test('typed arrays print like lists', () => {
  expect(formatTensor({ data: Uint8Array.of(1, 0), shape: [2], dtype: 'bool' })).toBe('tensor([ true, false])');
  expect(formatTensor({ data: Float32Array.of(0.1), shape: [], dtype: 'float32' })).toBe('tensor(0.1000)');
});
