import { expect, test } from 'vitest';
import { interleave, type InterleaveOptions, type Runner } from './interleave.ts';
import { Quiet } from './quiet.ts';

const undisturbed = (): Quiet =>
  new Quiet({ calibrate: () => 1, busy: () => 0, own: () => 0, now: () => 0, sleep: () => Promise.resolve() });

function setUp(options: Partial<InterleaveOptions> = {}) {
  const log: string[] = [];
  const failures: string[] = [];
  const runner = (name: string, secondsPerStep: number): Runner => ({
    name,
    run: (steps) => {
      log.push(`${name}${steps}`);
      return Promise.resolve({ wall: steps * secondsPerStep, cpu: 0 });
    },
  });
  const all: InterleaveOptions = {
    rounds: 3,
    seconds: 1,
    patience: 60,
    quiet: undisturbed(),
    onFailure: (name, error) => failures.push(`${name}: ${error.message}`),
    ...options,
  };
  return { log, failures, runner, measure: (...runners: Runner[]) => interleave(runners, all) };
}

test('everybody has a turn in each round, of as many steps as fill it', async () => {
  const { log, runner, measure } = setUp({ rounds: 2 });
  const turns = await measure(runner('a', 0.001), runner('b', 0.5));
  expect(log.slice(-4)).toEqual(['a1000', 'b2', 'b2', 'a1000']);
  expect(turns.get('a')?.map((turn) => turn?.rate)).toEqual([1000, 1000]);
  expect(turns.get('b')?.map((turn) => turn?.rate)).toEqual([2, 2]);
});

test('a first step that compiles does not set the pace', async () => {
  const { measure } = setUp({ rounds: 1 });
  const log: number[] = [];
  const run = (steps: number) => {
    log.push(steps);
    return Promise.resolve({ wall: steps * 0.1 + (log.length === 1 ? 30 : 0), cpu: 0 });
  };
  const turns = await measure({ name: 'compiling', run });
  expect(log.at(-1)).toBe(10);
  expect(turns.get('compiling')?.map((turn) => turn?.rate)).toEqual([10]);
});

test('whoever is slow has at least one turn and leaves when the patience is spent', async () => {
  const { runner, measure } = setUp({ rounds: 5, patience: 10 });
  const turns = await measure(runner('fast', 0.1), runner('slow', 8), runner('glacial', 100));
  expect(turns.get('fast')).toHaveLength(5);
  expect(turns.get('slow')).toHaveLength(2);
  expect(turns.get('glacial')).toHaveLength(1);
});

test('whoever fails is told of and left out, and the others go on', async () => {
  const { failures, runner, measure } = setUp();
  let runs = 0;
  const dying: Runner = {
    name: 'dying',
    run: (steps) =>
      ++runs > 4 ? Promise.reject(new Error('out of memory')) : Promise.resolve({ wall: steps, cpu: 0 }),
  };
  const broken: Runner = { name: 'broken', run: () => Promise.reject(new Error('no')) };
  const turns = await measure(broken, dying, runner('well', 0.5));
  expect(failures).toEqual(['broken: no', 'dying: out of memory']);
  expect(turns.has('broken')).toBe(false);
  expect(turns.get('dying')).toHaveLength(2);
  expect(turns.get('well')).toHaveLength(3);
});

/** A machine whose calibrating loop takes these times in turn, and one unit after them. */
const loops = (...times: number[]): Quiet =>
  new Quiet({
    calibrate: () => times.shift() ?? 1,
    busy: () => 0,
    own: () => 0,
    now: () => 0,
    sleep: () => Promise.resolve(),
  });

test('a disturbed turn is repeated', async () => {
  // Before and after each turn: the second look is slow.
  const { log, runner, measure } = setUp({ rounds: 1, quiet: loops(1, 9, 1, 1) });
  const turns = await measure(runner('a', 0.5));
  expect(turns.get('a')).toEqual([{ rate: 2, quiet: true }]);
  expect(log.slice(-2)).toEqual(['a2', 'a2']);
});

test('a turn that stays disturbed is marked', async () => {
  const { runner, measure } = setUp({ rounds: 2, quiet: loops(1, 9, 1, 9, 1, 9) });
  const turns = await measure(runner('a', 0.5));
  expect(turns.get('a')?.map((turn) => turn?.quiet)).toEqual([false, true]);
});
