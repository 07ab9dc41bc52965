import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

/** Runs a row-wise sum of exponentials in a process of its own and prints it. */
const script = `
import { exp, input, program, stage } from '@rushlight/core/kernel';
import { cpu } from '${new URL('cpu.ts', import.meta.url)}';
let allowed = true;
try { new Function(''); } catch { allowed = false; }
const backend = cpu(JSON.parse(process.argv[1])).create();
const loop = program({
  kind: 'loop', rowRank: 1, columnRank: 1, inputs: [{ dtype: 'float32', strides: 's1', guards: [] }], scalars: [],
  stages: [{ reduce: 'sum', expr: exp(input(0, 'float32')) }],
  outputs: [{ dtype: 'float32', strides: '10', guards: [], per: 'row', expr: stage(0, 'float32') }], checks: [],
});
const [x, y] = [backend.allocate('float32', 6), backend.allocate('float32', 2)];
backend.write(x, Float32Array.of(0, 1, 2, 3, 4, 5));
const operands = [{ buffer: x, offset: 0, strides: [3, 1] }, { buffer: y, offset: 0, strides: [1, 0] }];
backend.run({ program: loop, sizes: [2, 3], operands, scalars: [] });
console.log(JSON.stringify({ allowed, sums: [...backend.readSync(y, 0, 2)] }));
`;

function runScript(flags: string[], options: object): unknown {
  const conditions = process.env['TEST_BUILT'] ? [] : ['--conditions=@rushlight/source'];
  const args = [...flags, ...conditions, '--input-type=module', '--eval', script, JSON.stringify(options)];
  return JSON.parse(
    execFileSync(process.execPath, args, { cwd: import.meta.dirname, encoding: 'utf8', stdio: 'pipe' }),
  );
}

const forbidden = '--disallow-code-generation-from-strings';
const sums = [
  Math.fround(Math.exp(0) + Math.exp(1) + Math.exp(2)),
  Math.fround(Math.exp(3) + Math.exp(4) + Math.exp(5)),
];

test('runs on closures by itself where functions cannot be made from text', () => {
  expect(runScript([forbidden], {})).toEqual({ allowed: false, sums });
  expect(runScript([], {})).toEqual({ allowed: true, sums });
});

test('does not fall back where functions were asked for', () => {
  expect(() => runScript([forbidden], { codegen: 'function' })).toThrow('Code generation from strings disallowed');
});
