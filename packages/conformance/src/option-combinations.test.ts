// That the fixtures sweep the options: five distinct combinations of every public name that has options.

import * as rushlight from 'rushlight';
import { expect, test } from 'vitest';
import { declarations, readCalls, takesOptions } from './option-combinations.ts';

const folders = ['core', 'nn', 'losses', 'optim'];

/** Functions and classes of a namespace and of those in it. */
function publicNames(space: object, found = new Set<string>()): Set<string> {
  for (const [name, value] of Object.entries(space) as [string, unknown][]) {
    if (typeof value === 'function') found.add(name);
    else if (typeof value === 'object' && value !== null && Object.prototype.toString.call(value) === '[object Module]')
      publicNames(value, found);
  }
  return found;
}

/** The names that take options, as the fixtures call them. */
function namesWithOptions(): Set<string> {
  const all = declarations(folders);
  const known = publicNames(rushlight);
  const found = new Set<string>();
  for (const declaration of [...all.values()].flat()) {
    const { name, file } = declaration;
    // On devices that are read asynchronously the same function under another name.
    if (!known.has(name) || name.endsWith('Async') || !takesOptions(declaration, all)) continue;
    const inLinalg = file.startsWith('core/src/linalg/') && name in rushlight.linalg;
    found.add(inLinalg ? `linalg.${name}` : name);
    if (!inLinalg && `${name}_` in rushlight.Tensor.prototype) found.add(`${name}_`);
  }
  return found;
}

test('x', () => {
  const t0 = performance.now();
  const { cases, combinations, withOptions } = readCalls(['core', 'optim', 'conformance']);
  const names = new Set([...namesWithOptions(), ...withOptions]);
  const few = [...names].filter((n) => (combinations.get(n)?.size ?? 0) < 5).map((n) => `${n}:${combinations.get(n)?.size ?? 0}`);
  console.log(performance.now() - t0, cases, names.size, few.length, few.join(' '));
});
