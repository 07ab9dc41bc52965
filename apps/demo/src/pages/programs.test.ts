// The programs that pages offer to copy, run as they are but for fewer steps. The playground's is tested beside it, number by number.

import { stripTypeScriptTypes } from 'node:module';
import * as rushlight from 'rushlight';
import { expect, test } from 'vitest';
import { program } from './cross-entropy/source.ts';
import { exampleCode } from './digits/example.ts';
import { code as home } from './home/example.ts';
import { examples } from './language/examples.ts';
import { projectCode as language } from './language/project-code.ts';
import { projectCode as speed } from './speed/project-code.ts';

const AsyncFunction = (async () => undefined).constructor as new (
  ...parts: string[]
) => (all: unknown, console: { log: (...said: unknown[]) => void }) => Promise<void>;

/** What it prints. */
async function run(code: string): Promise<unknown[][]> {
  const plain = stripTypeScriptTypes(code).replace(/import \{([^}]*)\} from 'rushlight';/, 'const {$1} = all;');
  const said: unknown[][] = [];
  await new AsyncFunction('all', 'console', plain)(rushlight, { log: (...line) => void said.push(line) });
  return said;
}

const onWasm = (code: string): string => code.replace("useBackend('auto')", "useBackend('wasm')");
const text = examples.en;
const model = { text, context: 16, width: 16, layers: 1, heads: 2, batchSize: 4, seed: 1 };
const settings = { lr: 0.01, prompt: 'Who', temperature: 0.7 };
const many = Array.from({ length: 600 }, (_, k) => String.fromCodePoint(0x4e00 + k)).join('');

const programs: Readonly<Record<string, () => string>> = {
  home: () => home.replace('run(3)', 'run(1)'),
  digits: () => exampleCode({ filters: 4, size: 3, batch: 64, seed: 1, lr: 0.01, hasFiles: false }).replace('run(10)', 'run(1)'),
  language: () => language({ ...model, ...settings }, settings).replace('% 100', '% 2').replace('>= 2000', '>= 4'),
  'language with rare characters': () =>
    language({ ...model, ...settings, text: text + many }, settings).replace('% 100', '% 2').replace('>= 2000', '>= 4'),
  speed: () => speed({ backends: ['wasm'], seconds: 0.01 }),
}; // prettier-ignore

test.each(Object.entries(programs))('%s', async (_name, code) => {
  const said = await run(onWasm(code()));
  expect(said.length).toBeGreaterThan(0);
  const [, loss] = said[0] ?? [];
  expect(typeof loss === 'string' || Number.isFinite(loss)).toBe(true);
});

test('cross-entropy', async () => {
  const said = await run(program({ logits: [2, 1, -1, 0.5], target: 1 }));
  expect(said[0]).toEqual(['loss', expect.closeTo(1.4952, 3)]);
  expect(said[2]?.[1]).toBeCloseTo(0.0067153, 6);
  expect(said[3]?.[1]).toBeCloseTo(5.0067153, 6);
});
