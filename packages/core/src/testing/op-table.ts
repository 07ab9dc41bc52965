// The element-wise operations with what is known of each, for what walks all of them.

import * as activations from '../ops/activations.ts';
import { definitions, type Domain, type OptionValue } from '../ops/elementwise-op.ts';
import * as elementwise from '../ops/elementwise.ts';
import * as weightedSums from '../ops/weighted-sums.ts';
import * as special from '../ops/special.ts';
import type { Arg } from '../ops/elementwise-op.ts';
import type { Tensor } from '../tensor.ts';

export interface TableOp {
  /** As exported; the in-place method has an underscore after it. */
  readonly name: string;
  /** How many operands it takes. */
  readonly arity: number;
  /** What it computes in, given its options. */
  readonly domain: Domain | ((options: Record<string, OptionValue>) => Domain);
  /** Its options and their defaults; `undefined`: absent by default. */
  readonly defaults: Readonly<Record<string, OptionValue>>;
  /** Calls it, or its in-place form on the first operand. */
  run(args: readonly Arg[], options?: object, inplace?: boolean): Tensor;
}

/** The tables of element-wise operations, in their order. */
export function opTable(): TableOp[] {
  return Object.entries({ ...elementwise, ...weightedSums, ...special, ...activations }).flatMap(
    ([name, fn]): TableOp[] => {
      const found = definitions.get(fn);
      if (!found) return [];
      const { arity, domain, defaults, run } = found;
      return [
        { name, arity, domain, defaults, run: (args, options = {}, inplace = false) => run(args, options, inplace) },
      ];
    },
  );
}
