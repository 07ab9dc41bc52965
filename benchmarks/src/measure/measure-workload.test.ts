import { expect, test } from 'vitest';
import { selectWorkloads } from '../workloads/select.ts';
import type { WorkloadFile } from '../workloads/workload-file.ts';
import { measureWorkload, type Entry } from './measure-workload.ts';
import { Quiet } from './quiet.ts';

const [tiny, cnn] = [selectWorkloads(['tiny'])[0]!, selectWorkloads(['cnn-sgd'])[0]!];
const file = { name: 'none' } as WorkloadFile;
const quiet = new Quiet({
  calibrate: () => 1,
  busy: () => 0,
  own: () => 0,
  now: () => 0,
  sleep: () => Promise.resolve(),
});
const options = { rounds: 2, seconds: 0.01, patience: 30, quiet };
/** Five steps of this many seconds are more than a third of the patience; five messages on a busy machine are not. */
const lag = '0.45';
const impatient = { ...options, patience: 6 };

/** A contender whose loss, of the steps done so far, and whose answer to `prepare` and `run` are expressions. */
function fake(
  name: string,
  { loss = '1 / done', prepare = '{ ready: true }', wall = '0.001 * steps', setup = '{}', lag = '0' } = {},
): Entry {
  const code = `
    const reply = (answer) => console.log('@reply ' + JSON.stringify(answer));
    let done = 0;
    reply({ versions: { ${name}: '1' } });
    require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const { do: what, steps, workload } = JSON.parse(line);
      if (what === 'prepare') return reply(${prepare});
      done += steps;
      const answer = what === 'check' ? { numbers: [String(${loss})], setup: ${setup} } : { wall: ${wall}, cpu: 0 };
      setTimeout(() => reply(answer), 1000 * (${lag}));
    });`;
  return { name, title: name.toUpperCase(), launch: { command: process.execPath, args: ['-e', code] } };
}

test('those that agree are timed, and compared with the first', async () => {
  const entries = [fake('a'), fake('b', { wall: '0.002 * steps' })];
  const result = await measureWorkload(tiny, file, entries, options);
  expect(result.base).toBe('a');
  expect(result.rows.map(({ ratio }) => ratio)).toEqual([1, 0.5]);
  expect(result.rows[1]).toMatchObject({ versions: { b: '1' }, rate: { median: 500, rounds: 2 } });
  expect(result.rows[0]?.trajectory).toEqual([[1], [1 / 2], [1 / 5], [1 / 10], [1 / 20], [1 / 50]]);
});

test('a contender with other losses is marked wrong and not timed', async () => {
  const { rows } = await measureWorkload(
    tiny,
    file,
    [fake('a'), fake('b', { loss: 'done < 10 ? 1 / done : 0' })],
    options,
  );
  expect(rows[1]).toMatchObject({ failure: { kind: 'wrong', reason: '0 after step 10 where 0.1 is expected' } });
  expect(rows[1]?.rate).toBeUndefined();
  expect(rows[0]?.rate).toBeDefined();
});

test('a loss that is no number is wrong, even if all have it, and nobody is held to it', async () => {
  const [lost, sound] = [fake('a', { loss: '0 / 0' }), fake('b')];
  const { rows, base } = await measureWorkload(tiny, file, [lost, sound], options);
  expect(rows[0]?.failure).toEqual({ kind: 'wrong', reason: 'NaN after step 1 where 1 is expected' });
  expect(rows[1]?.failure).toBeUndefined();
  expect(base).toBe('b');

  const together = await measureWorkload(tiny, file, [lost, lost], options);
  expect(together.rows.map(({ failure }) => failure?.kind)).toEqual(['wrong', 'wrong']);
  expect(together.base).toBeUndefined();
});

test('a row says what its contender ran as', async () => {
  const { rows } = await measureWorkload(tiny, file, [fake('a', { setup: '{ threads: done }' })], options);
  expect(rows[0]?.threads).toBe(50);
});

test('a slow contender is compared over two steps at least, a first step that compiles does not count', async () => {
  const [slow, compiling] = [fake('a', { lag }), fake('b', { lag: 'done === 1 ? 2.5 : 0' })];
  const { rows } = await measureWorkload(tiny, file, [slow, compiling], impatient);
  expect(rows.map(({ trajectory }) => trajectory.length)).toEqual([2, 6]);
});

test('all are compared with whoever went furthest', async () => {
  const others = [fake('b'), fake('c', { loss: 'done < 50 ? 1 / done : 0' })];
  const { rows } = await measureWorkload(tiny, file, [fake('a', { lag }), ...others], impatient);
  expect(rows.map(({ failure }) => failure?.reason)).toEqual([
    undefined,
    undefined,
    '0 after step 50 where 0.02 is expected',
  ]);
});

test('a contender that cannot, or fails on the way, says why; the next one is the base', async () => {
  const entries = [fake('a', { prepare: "{ error: 'no conv' }" }), fake('b', { wall: 'process.exit(3)' }), fake('c')];
  const { rows, base } = await measureWorkload(tiny, file, entries, options);
  expect(rows[0]?.failure).toEqual({ kind: 'unable', reason: 'no conv' });
  expect(rows[1]?.failure?.reason).toContain('ended with code 3');
  expect(base).toBe('c');
});

test('dropout is off while contenders are compared, and on for the clock', async () => {
  const loss = 'globalThis.dropout ? 7 : 1 / done';
  const prepare = '(globalThis.dropout = workload.dropout, { ready: true })';
  const wall = 'globalThis.dropout ? steps : 2 * steps';
  const { rows } = await measureWorkload(
    cnn,
    { ...file, dropout: false },
    [fake('a', { loss, prepare, wall })],
    options,
  );
  expect(rows[0]?.trajectory.at(-1)).toEqual([1 / 50]);
  expect(rows[0]?.rate?.median).toBe(1);
});
