import { RushlightError, ShapeError } from '@rushlight/core';
import { expect, test } from 'vitest';
import { FormatError } from '../format-error.ts';
import { SampleError } from '../sample-error.ts';
import { packError, unpackError } from './carry-error.ts';

class Inner {}
class Outer {}

const carried = (error: unknown): Error => unpackError(structuredClone(packError(error)), new Outer(), 2);

test.each([
  new SampleError(new Inner(), [3], new RangeError('gone')),
  new SampleError(new Inner(), [3, 4], 'gone'),
  new ShapeError('matmul', 'no'),
  new FormatError('readIdx', 'cut short'),
  new RushlightError('of', 'its own'),
  new TypeError('odd'),
])('%s is the same at the other end', (error) => {
  const again = carried(error);
  expect([again.constructor, again.name, again.message]).toEqual([error.constructor, error.name, error.message]);
  expect(again.stack).toBe(`${error.stack}\n    in worker 2 of a DataLoader`);
});

test('causes come along', () => {
  const error = new SampleError(new Inner(), [3], new TypeError('odd', { cause: new SyntaxError('why') }));
  const { cause } = carried(error);
  expect(cause).toBeInstanceOf(TypeError);
  expect((cause as Error).cause).toBeInstanceOf(SyntaxError);
  expect((cause as Error).cause).toMatchObject({ message: 'why' });
});

test('what is no Error becomes one', () => {
  expect(carried('gone')).toMatchObject({ name: 'Error', message: 'gone' });
});
