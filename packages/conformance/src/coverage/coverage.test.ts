// The page of what there is of PyTorch is true, and says all.

import { fileURLToPath } from 'node:url';
import { ones, useBackend } from 'rushlight';
import { expect, test } from 'vitest';
import { backends } from '../backends.ts';
import { readFixture } from '../fixture.ts';
import { coverage, exists, shareOf } from './coverage.ts';
import { outOfScope, spellings } from './decisions.ts';
import { coveragePage } from './page.ts';

const { torch, homes: names } = readFixture<{ torch: string; homes: Record<string, string[]> }>(
  'conformance/fixtures',
  'torch-names',
);
const [backend] = backends;
if (backend) await useBackend(backend.create());
const example = ones([1]);
const homes = coverage(names, example);
const all = Object.entries(names).flatMap(([home, list]) => list.map((name) => `${home}.${name}`));

test('the page is as the names are', async () => {
  const page = fileURLToPath(new URL('../../../../docs/coverage.md', import.meta.url));
  await expect(coveragePage(torch, homes)).toMatchFileSnapshot(page);
});

test.each(homes.map((home) => [home.name, shareOf(home)] as const))('at least 95 %% of %s', (_, share) => {
  expect(share).toBeGreaterThanOrEqual(0.95);
});

test('every other name is there, and every decision is about a name that needs it', () => {
  for (const [name, ours] of Object.entries(spellings)) {
    expect(all).toContain(name);
    expect(exists(ours, example), `${name} → ${ours}`).toBe(true);
  }
  const states = homes.flatMap((home) => home.names.map(({ name, state }) => [`${home.name}.${name}`, state] as const));
  for (const { pattern, reason } of outOfScope) {
    const found = states.filter(([name, state]) => state.kind === 'out' && pattern.test(name));
    expect(found.length, `${reason}: ${pattern}`).toBeGreaterThan(0);
  }
});
