// What was worked out for operands of one geometry, found again when they come back: a loop that trains asks for the
// same few geometries at every step. Finding one compares short lists and makes no string.

import { sameShape } from '../shape.ts';

/** Shapes, strides and whatever else a plan was made for, in an order that its owner keeps: first what differs most. */
export type PlanKey = readonly (number | string | readonly number[])[];

/** The plans of one operation, by the geometry they were made for. */
export class PlanCache<P> {
  readonly #most: number;
  readonly #keys: PlanKey[] = [];
  readonly #plans: P[] = [];
  #next = 0;

  /** Keeps at most so many, then the oldest makes room: a sequence that grows brings a new geometry with every step. */
  constructor(most = 32) {
    this.#most = most;
  }

  find(key: PlanKey): P | undefined {
    const keys = this.#keys;
    for (let k = 0; k < keys.length; k++) if (isSame(keys[k] as PlanKey, key)) return this.#plans[k];
    return undefined;
  }

  /** Keeps a plan; what the key lists is copied, since whoever made a shape may change it. */
  add(key: PlanKey, plan: P): P {
    this.#keys[this.#next] = key.map((part) => (typeof part === 'object' ? [...part] : part));
    this.#plans[this.#next] = plan;
    this.#next = (this.#next + 1) % this.#most;
    return plan;
  }
}

function isSame(x: PlanKey, y: PlanKey): boolean {
  if (x.length !== y.length) return false;
  for (let k = 0; k < x.length; k++) {
    const [a, b] = [x[k], y[k]];
    if (Object.is(a, b)) continue;
    if (typeof a !== 'object' || typeof b !== 'object' || !sameShape(a, b)) return false;
  }
  return true;
}
