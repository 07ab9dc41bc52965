import { expect, test } from 'vitest';
import { binary, compare, constant, input, select } from './expr.ts';

test('a number takes the dtype of the expression beside it, two numbers have none', () => {
  const condition = compare('lt', input(0, 'float32'), 0);
  expect(select(condition, 1, input(0, 'float32')).dtype).toBe('float32');
  expect(select(condition, constant(Infinity, 'float32'), NaN).dtype).toBe('float32');
  expect(() => select(condition, 1, 0)).toThrow(
    'select: 1 and 0 are both plain numbers, of no dtype. Make one of them a constant.',
  );
  expect(() => binary('pow', 2, 3)).toThrow('pow: 2 and 3 are both plain numbers');
});
