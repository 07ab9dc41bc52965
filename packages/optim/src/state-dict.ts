// An optimizer's state as PyTorch writes it: options and moments under PyTorch's names, parameters by their number.

import { noGrad, show, tensor, untracked, ValueError, isTensor, type Tensor } from '@rushlight/core';

/** What an optimizer remembers of one parameter. */
export type ParamState = Record<string, Tensor | number | null | undefined>;

/** The state of an optimizer, in PyTorch's structure and names. */
export interface OptimizerStateDict {
  /** By number of the parameter, counted through all groups. */
  readonly state: Readonly<Record<number, ParamState>>;
  readonly param_groups: readonly ({ readonly params: readonly number[] } & Readonly<Record<string, unknown>>)[];
}

/** weightDecay → weight_decay */
const toSnake = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
/** weight_decay → weightDecay */
const toCamel = (key: string): string => key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

const renamed = <T>(from: Readonly<Record<string, T>>, name: (key: string) => string): Record<string, T> =>
  Object.fromEntries(Object.entries(from).map(([key, value]) => [name(key), value]));

interface Group {
  readonly params: readonly Tensor[];
}

/** PyTorch's form of groups and the state of their parameters. The tensors are the optimizer's own, not copies. */
export function packState(groups: readonly Group[], states: ReadonlyMap<Tensor, ParamState>): OptimizerStateDict {
  const numbers = new Map(groups.flatMap((group) => group.params).map((param, k) => [param, k]));
  const state: Record<number, ParamState> = {};
  for (const [param, k] of numbers) {
    const known = states.get(param);
    if (known) state[k] = renamed(known, toSnake);
  }
  const param_groups = groups.map(({ params, ...options }) => ({
    ...renamed(options, toSnake),
    params: params.map((param) => numbers.get(param) ?? -1),
  }));
  return { state, param_groups };
}

/** What the state of a parameter has under which keys. */
export interface StateKeys {
  /** What must be there. */
  readonly required: readonly string[];
  /** What is a number, where PyTorch keeps a tensor of no dims. */
  readonly numbers: readonly string[];
}

/** What a state dict says of these groups: the options of each, and the state of each parameter that has one. */
export function unpackState(
  op: string,
  groups: readonly Group[],
  { state, param_groups }: OptimizerStateDict,
  keys: StateKeys,
): { options: Record<string, unknown>[]; states: Map<Tensor, ParamState> } {
  if (!state || !param_groups) {
    throw new ValueError(
      op,
      'the state dict has no "state" and "param_groups". Pass what the stateDict() of an optimizer returned.',
    );
  }
  if (groups.length !== param_groups.length) {
    throw new ValueError(
      op,
      `the state dict has ${param_groups.length} parameter groups, the optimizer ${groups.length}. They must be equal.`,
    );
  }
  const states = new Map<Tensor, ParamState>();
  const options = param_groups.map(({ params: numbers, ...saved }, g) => {
    const params = groups[g]?.params ?? [];
    if (params.length !== numbers.length) {
      throw new ValueError(
        op,
        `group ${g} of the state dict has ${numbers.length} parameters, the optimizer's ${params.length}. They must be equal.`,
      );
    }
    params.forEach((param, k) => {
      const number = numbers[k] ?? -1;
      const found = state[number];
      if (found) states.set(param, restored(op, number, param, renamed(found, toCamel), keys));
    });
    return renamed(saved, toCamel);
  });
  return { options, states };
}

function restored(
  op: string,
  number: number,
  param: Tensor,
  saved: ParamState,
  { required, numbers }: StateKeys,
): ParamState {
  for (const key of required) {
    if (saved[key] === undefined) throw missing(op, number, toSnake(key), Object.keys(saved).map(toSnake));
  }
  const entries = Object.entries(saved).map(([key, value]) => {
    if (!isTensor(value)) return [key, value] as const;
    if (numbers.includes(key)) return [key, value.itemSync()] as const;
    if (show(value.shape) !== show(param.shape)) {
      throw new ValueError(
        op,
        `${toSnake(key)} of parameter ${number} has shape ${show(value.shape)}, the parameter ${show(param.shape)}. They must be equal.`,
      );
    }
    return [key, copyBeside(param, value)] as const;
  });
  return Object.fromEntries(entries);
}

/** The error for a state dict that lacks `key`. */
export function missing(op: string, number: number, key: string, has: readonly string[]): ValueError {
  return new ValueError(
    op,
    `the state of parameter ${number} has no ${key} (it has ${has.join(', ') || 'nothing'}). Load the state of an optimizer of the same kind.`,
  );
}

/** A copy of `value` with the dtype and on the device of `param`, which outlives what goes on. */
export function copyBeside({ dtype, device }: Tensor, value: Tensor): Tensor {
  return untracked(() =>
    noGrad(() => {
      if (value.device === device) return value.detach().to(dtype).clone();
      return tensor(value.toArraySync() as number[], { shape: value.shape, dtype, device });
    }),
  );
}
