// nn.init makes PyTorch's numbers from a seed.

import { manualSeed } from '@rushlight/core';
import { init } from '@rushlight/nn';
import { expect } from 'vitest';
import { refusalDifferences, resultDifferences, tolerances } from './compare.ts';
import { decode, decodeTensor, readFixture, type Encoded, type EncodedTensor } from './fixture.ts';
import { onEveryBackend, test } from './on-every-backend.ts';

interface InitCase {
  readonly name: string;
  readonly op: string;
  readonly seed?: number;
  readonly input?: EncodedTensor;
  readonly args: readonly Encoded[];
  readonly options?: Encoded;
  readonly expected: Encoded;
  readonly error?: string;
}

// Normals differ between PyTorch's own builds by this much; orthogonal_ factors a matrix of them.
const normal = { absolute: 1e-6, relative: 1e-6 };
const { cases } = readFixture<{ cases: InitCase[] }>('conformance/fixtures', 'init');

onEveryBackend(() => {
  for (const { name, op, seed, input, args, options, expected, error } of cases) {
    test(name, async () => {
      const fn = (init as Readonly<Record<string, unknown>>)[op];
      if (typeof fn !== 'function') throw new Error(`there is no init.${op}`);
      const w = input && decodeTensor(input);
      const given = [
        ...(w ? [w] : []),
        ...args.map((arg) => decode(arg)),
        ...(options === undefined ? [] : [decode(options)]),
      ];
      if (seed !== undefined) manualSeed(seed);
      let out: unknown;
      const run = (): unknown => (out = fn(...given));
      const wrong = error === undefined ? [] : await refusalDifferences(error, run);
      if (error === undefined) {
        run();
        const tolerance = op === 'orthogonal_' ? tolerances.float32 : normal;
        wrong.push(...(await resultDifferences(out, expected, { tolerance })));
        if (w && out !== w) wrong.push('it does not return its tensor');
      }
      expect(wrong).toEqual([]);
    });
  }
});
