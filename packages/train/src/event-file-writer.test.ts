import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EventFileWriter, eventFileName } from './event-file-writer.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

function memorySink() {
  const pieces: Uint8Array[] = [];
  return {
    pieces,
    bytes: () => Buffer.concat(pieces),
    append: async (bytes: Uint8Array): Promise<void> => void pieces.push(bytes.slice()),
  };
}

const note = '| a | b |\n|---|---|\n| 1 | ü |';

test("writes the bytes of Python's protocol buffers", async () => {
  const { time, records } = JSON.parse(readFileSync(fixture('events.json'), 'utf8')) as {
    time: number;
    records: string[];
  };
  const sink = memorySink();
  const events = new EventFileWriter(sink, { now: () => time });
  await events.addScalar('loss', 0.5, 0);
  await events.addValues({ loss: 0, accuracy: -1.5 }, 1);
  await events.addValues({ é𠀀: Infinity, none: NaN }, 2 ** 40);
  await events.addText('note', note);
  await events.addScalar('x'.repeat(300), 3, 300);
  await events.addStart(301);
  expect(sink.bytes().toString('hex')).toBe(records.join(''));
});

test('nothing is written for nothing, and the version comes once, before the first value', async () => {
  const sink = memorySink();
  const events = new EventFileWriter(sink);
  await events.addValues({}, 0);
  expect(sink.pieces).toHaveLength(0);
  await Promise.all([events.addScalar('a', 1, 0), events.addScalar('a', 2, 1)]);
  expect(sink.pieces).toHaveLength(2);
  const versions = sink.bytes().toString('latin1').split('brain.Event:2');
  expect(versions).toHaveLength(2);
  expect(versions[0]).toHaveLength(12 + 9 + 2);
});

test('a run that goes on says where', async () => {
  const sink = memorySink();
  const events = new EventFileWriter(sink, { now: () => 0 });
  await events.addScalar('a', 1, 0);
  await events.addStart(300);
  // wall_time 0, step 300, session_log { status: START }
  const data = Buffer.from('090000000000000000' + '10ac02' + '3a020801', 'hex');
  const record = Buffer.from(sink.pieces[1] ?? []);
  expect(record.subarray(12, -4)).toEqual(data);
  await expect(events.addStart(-1)).rejects.toThrow('EventFileWriter: the step is -1. Pass an integer >= 0.');
});

test('the time is now', async () => {
  const sink = memorySink();
  const before = Date.now() / 1000;
  await new EventFileWriter(sink).addScalar('a', 1, 0);
  const time = sink.bytes().readDoubleLE(13);
  expect(time).toBeGreaterThanOrEqual(before);
  expect(time).toBeLessThanOrEqual(Date.now() / 1000);
});

test('refuses what TensorBoard cannot show', async () => {
  const events = new EventFileWriter(memorySink());
  await expect(events.addScalar('a', 1, -1)).rejects.toThrow('EventFileWriter: the step is -1. Pass an integer >= 0.');
  await expect(events.addScalar('a', 1, 0.5)).rejects.toThrow('the step is 0.5');
  await expect(events.addScalar('', 1, 0)).rejects.toThrow(
    'EventFileWriter: a tag is empty. Give what is written a name.',
  );
  await expect(events.addText('', 'a')).rejects.toThrow('a tag is empty');
  await expect(events.addScalar('a', '1' as unknown as number, 0)).rejects.toThrow(
    'EventFileWriter: "a" is a string. Pass a number.',
  );
});

test('after a failure nothing more is written', async () => {
  const pieces: number[] = [];
  const sink = {
    async append({ length }: Uint8Array) {
      if (pieces.length === 1) throw new Error('the disk is full');
      pieces.push(length);
    },
  };
  const events = new EventFileWriter(sink);
  await events.addScalar('a', 1, 0);
  for (const step of [1, 2]) await expect(events.addScalar('a', 1, step)).rejects.toThrow('the disk is full');
  expect(pieces).toHaveLength(1);
});

test('names', () => {
  expect(eventFileName({ now: 1700000000.9 })).toBe('events.out.tfevents.1700000000.rushlight');
  expect(eventFileName({ now: 5, suffix: 'b' })).toBe('events.out.tfevents.0000000005.b');
  expect(eventFileName()).toMatch(/^events\.out\.tfevents\.\d{10}\.rushlight$/);
});

// An independent reader, where there is one. What it would find is also in the bytes above.
const reader = ['/usr/bin/python3', 'python3'].find(
  (python) => spawnSync(python, ['-c', 'import google.protobuf']).status === 0,
);
if (!reader)
  process.stderr.write(
    'SKIPPED: no python3 with protobuf here, so event files are not read by fixtures/read-events.py.\n',
  );

describe.skipIf(!reader)('read by Python', () => {
  interface Read {
    readonly time: number;
    readonly step: number;
    readonly version: string;
    /** 1 is START. */
    readonly session: number;
    readonly values: Record<string, unknown>[];
  }

  const read = (bytes: Uint8Array): Read[] =>
    execFileSync(reader ?? '', ['-B', fixture('read-events.py'), '-'], { input: bytes, encoding: 'utf8' })
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Read);

  test('texts', async () => {
    const sink = memorySink();
    await new EventFileWriter(sink, { now: () => 12.5 }).addText('note', note, 7);
    expect(read(sink.bytes())).toEqual([
      { time: 12.5, step: 0, version: 'brain.Event:2', session: 0, values: [] },
      {
        time: 12.5,
        step: 7,
        version: '',
        session: 0,
        values: [{ tag: 'note/text_summary', plugin: 'text', dtype: 7, shape: [1], text: [note] }],
      },
    ]);
  });

  test('of a run that was resumed each step counts once', async () => {
    const [first, second] = [memorySink(), memorySink()];
    const before = new EventFileWriter(first);
    for (let step = 1; step <= 6; step++) await before.addScalar('loss', step, step);
    // It goes on from a checkpoint of step 3.
    const after = new EventFileWriter(second);
    await after.addStart(4);
    for (let step = 4; step <= 5; step++) await after.addScalar('loss', 10 * step, step);
    // As TensorBoard's event_accumulator does with files of version 2: a START forgets its step and all behind it.
    let shown: [step: number, value: number][] = [];
    for (const { step, session, values } of [...read(first.bytes()), ...read(second.bytes())]) {
      if (session === 1) shown = shown.filter(([earlier]) => earlier < step);
      for (const { value } of values) shown.push([step, Number(value)]);
    }
    expect(shown).toEqual([[1, 1], [2, 2], [3, 3], [4, 40], [5, 50]]); // prettier-ignore
  });

  test('numbers', async () => {
    const value = fc.float();
    const tag = fc.string({ unit: 'grapheme', minLength: 1 });
    const event = fc.record({
      step: fc.maxSafeNat(),
      values: fc.dictionary(tag, value, { minKeys: 1, noNullPrototype: true }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 50 }), async (events) => {
        const sink = memorySink();
        const writer = new EventFileWriter(sink);
        await Promise.all(events.map(({ step, values }) => writer.addValues(values, step)));
        const found = read(sink.bytes()).slice(1);
        const python = (text: unknown): number => Number(String(text).replace('inf', 'Infinity').replace('nan', 'NaN'));
        expect(
          found.map(({ step, values }) => ({ step, values: values.map((one) => [one['tag'], python(one['value'])]) })),
        ).toEqual(events.map(({ step, values }) => ({ step, values: Object.entries(values) })));
      }),
      { numRuns: 10 },
    );
  });
});
