// Parameters and their options, as an optimizer is given them and as it keeps them.

import { isTensor, show, ValueError, type Tensor } from '@rushlight/core';

/** What the options of every optimizer have. They may be changed between steps; the next step reads them. */
export interface GroupOptions {
  lr: number;
}

/** Parameters with options of their own. */
export type ParamGroup<O extends GroupOptions = GroupOptions> = O & {
  params: Tensor[];
  /** The learning rate that a scheduler started from. */
  initialLr?: number;
};

/** A group as it is given: options that are left out are the optimizer's. */
export type ParamGroupInput<O extends GroupOptions = GroupOptions> = Readonly<Partial<O>> & {
  readonly params: Tensor | Iterable<Tensor>;
};

/** Parameters, or groups of them. */
export type Params<O extends GroupOptions = GroupOptions> = Iterable<Tensor> | Iterable<ParamGroupInput<O>>;

/** The groups in what an optimizer was given. Throws ValueError if there is none. */
export function groupsOf<O extends GroupOptions>(op: string, params: Params<O>): ParamGroupInput<O>[] {
  const list: unknown[] = isIterable(params) ? [...params] : [];
  const [first] = list;
  if (first === undefined) {
    const what = isIterable(params) ? 'there are no parameters' : 'the parameters are not a list';
    throw new ValueError(
      op,
      `${what}. Pass \`model.parameters()\`, or an array of tensors or of groups { params, … }.`,
    );
  }
  return (isTensor(first) ? [{ params: list }] : list) as ParamGroupInput<O>[];
}

function isIterable(value: unknown): value is Iterable<unknown> {
  // A ParameterList is a function, as all modules are.
  return (typeof value === 'object' || typeof value === 'function') && value !== null && Symbol.iterator in value;
}

/** The parameters of a group, or a single tensor as a list. Throws ValueError for what is neither. */
export function listParams(op: string, params: Tensor | Iterable<Tensor>): Tensor[] {
  if (isTensor(params)) return [params];
  if (isIterable(params)) return [...params];
  const got = params === undefined ? 'missing' : `${typeof params}, not a list of tensors`;
  throw new ValueError(op, `the parameters are ${got}. Pass \`model.parameters()\`; in a group, as its \`params\`.`);
}

/** Refuses what cannot be optimized: what is no tensor, no leaf, or there already. A lazy layer's parameter has no shape yet, and says so. */
export function checkParams(op: string, params: readonly Tensor[], known: Iterable<Tensor>): void {
  const seen = new Set(known);
  params.forEach((param, k) => {
    if (!isTensor(param)) throw new ValueError(op, `parameter ${k} is ${typeof param}. Parameters are tensors.`);
    const of = `parameter ${k} of shape ${show(param.shape)}`;
    if (!param.isLeaf && !param.autograd?.retainsGrad) {
      throw new ValueError(
        op,
        `${of} is the result of ${param.gradFn?.name}. Only leaves can be optimized: pass what it was computed from, or detach().requiresGrad_().`,
      );
    }
    if (seen.has(param)) throw new ValueError(op, `${of} is given twice. Give each parameter once.`);
    seen.add(param);
  });
}

/** Refuses an option under another spelling. What else a group holds is the user's: a name, a note. */
export function checkSpelling(op: string, group: object, known: readonly string[]): void {
  const bare = (name: string): string => name.replaceAll('_', '').toLowerCase();
  for (const option of Object.keys(group)) {
    const meant = known.find((name) => bare(name) === bare(option)) ?? option;
    if (meant !== option) throw new ValueError(op, `there is no option "${option}". It is called ${meant}.`);
  }
}

/** Refuses an option that is no number, or does not lie where it must: [minimum, below). */
export function checkOption(op: string, name: string, value: number, minimum: number, below = Infinity): void {
  const isNumber = typeof value === 'number' && value !== Infinity;
  if (isNumber && value >= minimum && value < below) return;
  const range = below === Infinity ? `≥ ${minimum}` : `in [${minimum}, ${below})`;
  const shown = typeof value === 'string' ? `'${String(value)}'` : String(value);
  throw new ValueError(op, `${name} is ${shown}. It must be ${isNumber ? '' : 'a finite number '}${range}.`);
}

/** Refuses shares to carry on of two averages that do not lie in [0, 1). */
export function checkBetas(op: string, betas: readonly [number, number]): void {
  checkOption(op, 'betas[0]', betas[0], 0, 1);
  checkOption(op, 'betas[1]', betas[1], 0, 1);
}
