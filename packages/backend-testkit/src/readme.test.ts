import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const statements = (code: string): string[] => code.split('\n').filter((line) => line !== '' && !/^(import|\/\/)/.test(line)); // prettier-ignore

test('the README’s test file has eight lines at most, and is how the reference is tested', () => {
  const [, block = ''] = /```ts\n([^]*?)```/.exec(read('../README.md')) ?? [];
  expect(block.trim().split('\n').length).toBeLessThanOrEqual(8);
  expect(statements(block.replaceAll('mine', 'reference'))).toEqual(statements(read('./reference.test.ts')));
});
