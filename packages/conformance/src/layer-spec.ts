// A layer or loss as the fixtures write it: a class of nn, its arguments and its options.

import * as losses from '@rushlight/losses';
import * as nn from '@rushlight/nn';
import { decode, type Encoded } from './fixture.ts';

export interface LayerSpec {
  readonly module: string;
  readonly args: readonly (Encoded | LayerSpec)[];
  readonly options?: Encoded;
}

export function buildLayer<M extends nn.Module>({ module, args, options }: LayerSpec): M {
  const Layer = ({ ...losses, ...nn } as Readonly<Record<string, unknown>>)[module];
  if (typeof Layer !== 'function') throw new Error(`there is no layer "${module}"`);
  const decoded = args.map((arg) => (isSpec(arg) ? buildLayer(arg) : decode(arg)));
  const given = options === undefined ? decoded : [...decoded, buildOptions(options)];
  return new (Layer as new (...args: unknown[]) => M)(...given);
}

/** Options may be layers, too. */
function buildOptions(options: Encoded): unknown {
  const decoded = decode(options) as Readonly<Record<string, unknown>>;
  const built = (value: unknown): unknown => (isSpec(value as Encoded) ? buildLayer(value as LayerSpec) : value);
  return Object.fromEntries(Object.entries(decoded).map(([key, value]) => [key, built(value)]));
}

function isSpec(arg: Encoded | LayerSpec): arg is LayerSpec {
  return typeof arg === 'object' && arg !== null && 'module' in arg;
}
