import { expect, test } from 'vitest';
import { renderPage } from './page.ts';
import { sampleResults } from './sample-results.ts';

test('the page has a plot per workload, the facts of the run, and who could not', () => {
  const page = renderPage([sampleResults]);
  expect(page).toMatch(/^<!doctype html>/i);
  expect(page.match(/<svg/g)).toHaveLength(1);
  expect(page.match(/<rect/g)).toHaveLength(2);
  for (const text of [
    'commit abc1234',
    'A processor, 2 cores',
    'torch 2.0',
    '(× PyTorch)',
    '×0.5, noisy',
    'jax-js took no part: not installed',
    'Library &lt;A&gt;: no conv',
  ]) {
    expect(page).toContain(text);
  }
});

test('the page needs no network', () => {
  const page = renderPage([sampleResults]).replaceAll('http://www.w3.org/', '');
  expect(page).not.toMatch(/https?:|<script|<link|@import|url\(/);
});

test('the newest run comes first, and no run at all is said', () => {
  const later = { ...sampleResults, date: '2027-01-01T00:00:00.000Z', threads: 2 };
  const page = renderPage([sampleResults, later]);
  expect(page.indexOf('2027-01-01, 2 threads')).toBeLessThan(page.indexOf('2026-11-22, 1 thread<'));
  expect(renderPage([])).toContain('no results yet');
});
