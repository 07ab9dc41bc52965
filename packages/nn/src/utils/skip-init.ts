import { withoutInit } from '../init/skipped.ts';
import type { Module } from '../module/module.ts';

/**
 * Makes a module whose initialisers neither draw nor write: for values that are loaded next. What it holds until then is
 * undefined. torch.nn.utils.skip_init
 *
 * @example
 * const layer = nn.utils.skipInit(nn.Linear, 1000, 1000, { bias: false });
 */
export function skipInit<A extends readonly unknown[], M extends Module>(Class: new (...args: A) => M, ...args: A): M {
  return withoutInit(() => new Class(...args));
}
