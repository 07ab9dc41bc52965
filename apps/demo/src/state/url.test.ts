// The address, with the browser's own globals stood in for.

import { beforeEach, expect, test, vi } from 'vitest';
import type * as addresses from './url.ts';

const written: string[] = [];
const listeners = new Map<string, () => void>();

beforeEach(() => {
  vi.resetModules();
  vi.useFakeTimers();
  written.length = 0;
  listeners.clear();
  vi.stubGlobal('history', { replaceState: (_state: unknown, _title: string, url: string) => void written.push(url) });
  vi.stubGlobal('addEventListener', (kind: string, listener: () => void) => void listeners.set(kind, listener));
  return () => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  };
});

async function at(hash: string): Promise<typeof addresses> {
  vi.stubGlobal('location', { hash });
  return import('./url.ts');
}

test('settings that all pages share stand once in each link, others where they are given', async () => {
  const { linkTo } = await at('#/digits?lang=zh&theme=dark&lr=0.1');
  expect(linkTo('playground')).toBe('#/playground?lang=zh&theme=dark');
  expect(linkTo('digits', { lang: 'zh', lr: '0.2' })).toBe('#/digits?lang=zh&theme=dark&lr=0.2');
});

test('the first change is written at once, the last of those that follow a little later or when the page is left', async () => {
  const { setParams } = await at('#/digits');
  for (const lr of ['1', '2', '3']) setParams({ lr });
  expect(written).toEqual(['#/digits?lr=1']);
  vi.advanceTimersByTime(1000);
  expect(written).toEqual(['#/digits?lr=1', '#/digits?lr=3']);
  for (const lr of ['4', '5']) setParams({ lr });
  vi.advanceTimersByTime(1);
  listeners.get('click')?.();
  expect(written.at(-1)).toBe('#/digits?lr=5');
});

test('what is no value of a setting is its default, and defaults do not stand in the address', async () => {
  const { choice, flag, number, numbers, settings } = await at('#/x?n=7.5&c=no&l=1,2,x&f=1');
  const { values, set } = settings({
    n: number(3, { whole: true }),
    c: choice('a', ['a', 'b']),
    l: numbers([4]),
    f: flag(false),
  });
  expect(values.value).toEqual({ n: 3, c: 'a', l: [4], f: true });
  set({ n: 5, f: false });
  expect(values.value).toEqual({ n: 5, c: 'a', l: [4], f: false });
  expect(written).toEqual(['#/x?n=5&c=no&l=1%2C2%2Cx']);
});
