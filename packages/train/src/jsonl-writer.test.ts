import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonlLines, JsonlWriter } from './jsonl-writer.ts';

/** A sink that keeps what it gets as text, after a turn of the event loop, and may fail at the nth piece. */
function listSink(failing = -1) {
  const pieces: string[] = [];
  let count = 0;
  return {
    pieces,
    async append(bytes: Uint8Array): Promise<void> {
      const text = new TextDecoder().decode(bytes);
      const isFailing = count++ === failing;
      await new Promise((resolve) => setTimeout(resolve, isFailing ? 5 : 1));
      if (isFailing) throw new Error('the disk is full');
      pieces.push(text);
    },
  };
}

test('lines are read back as they were', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), (records) => {
      const text = new TextDecoder().decode(jsonlLines(records));
      const lines = text.split('\n');
      expect(lines.pop()).toBe('');
      expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(JSON.parse(JSON.stringify(records)));
    }),
  );
});

test('one record is one line, and NaN and infinities are told', () => {
  const text = new TextDecoder().decode(jsonlLines([{ a: NaN, b: [-Infinity, Infinity, 1.5], c: 'x\ny' }, null]));
  expect(text).toBe('{"a":"NaN","b":["-Infinity","Infinity",1.5],"c":"x\\ny"}\nnull\n');
});

test('what is no JSON is refused', () => {
  const circle: { self?: object } = {};
  circle.self = circle;
  expect(() => jsonlLines([circle])).toThrow(
    /^jsonlLines: a record cannot be written as JSON: Converting circular .*Pass plain/s,
  );
  expect(() => jsonlLines([1n])).toThrow(
    'jsonlLines: a record cannot be written as JSON: Do not know how to serialize a BigInt.',
  );
  expect(() => jsonlLines([undefined])).toThrow('it is undefined. Pass plain objects of numbers and texts.');
  expect(() => jsonlLines([() => 1])).toThrow('it is a function.');
});

test('records are written in order, also where nobody waits', async () => {
  const sink = listSink();
  const log = new JsonlWriter(sink);
  await Promise.all([3, 1, 2].map((step) => log.write({ step })));
  expect(sink.pieces).toEqual(['{"step":3}\n', '{"step":1}\n', '{"step":2}\n']);
});

test('a record that is refused does not stop the next, a sink that fails does', async () => {
  const sink = listSink(1);
  const log = new JsonlWriter(sink);
  const results = await Promise.allSettled([log.write(1), log.write(undefined), log.write(2), log.write(3)]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
  await expect(log.write(4)).rejects.toThrow('the disk is full');
  expect(sink.pieces).toEqual(['1\n']);
});
