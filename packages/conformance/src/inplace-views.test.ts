// Writing into views, bases, leaves and saved values does what it does in PyTorch.

import { expect } from 'vitest';
import { refusalDifferences, resultDifferences, within } from './compare.ts';
import { readFixture } from './fixture.ts';
import { onEveryBackend, test } from './on-every-backend.ts';
import { evaluate, execute, type ProgramCase, type Scope } from './program.ts';

const programs = readFixture<ProgramCase[]>('core/fixtures/ops', 'inplace-views');

onEveryBackend(() => {
  for (const { name, source, steps, raises, checks } of programs) {
    test(name, async () => {
      const scope: Scope = new Map();
      const last = steps.at(-1);
      const accepted = raises === undefined ? steps : steps.slice(0, -1);
      for (const step of accepted) execute(step, scope);
      const wrong: string[] = [];
      if (raises !== undefined && last) wrong.push(...(await refusalDifferences(raises, () => execute(last, scope))));
      for (const { source: what, tree, expected } of checks) {
        wrong.push(...within(what, await resultDifferences(evaluate(tree, scope), expected)));
      }
      expect({ source, wrong }).toEqual({ source, wrong: [] });
    });
  }
});
