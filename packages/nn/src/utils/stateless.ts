// Calling a module with other parameters and buffers than its own.

import { isTensor, stack, ValueError, type Tensor } from '@rushlight/core';
import { members } from '../module/members.ts';
import type { Module } from '../module/module.ts';
import { fieldOf } from './fields.ts';

/** Tensors by their paths in a module, or several such objects, whose paths differ. */
export type TensorsByPath = Readonly<Record<string, Tensor>>;

export interface FunctionalCallOptions {
  /** Of tensors that several paths of the module lead to: a new value at one path is one at all of them. Default true. */
  readonly tieWeights?: boolean;
  /** Throw where a parameter or buffer is not given. Default false. */
  readonly strict?: boolean;
}

/**
 * What the module gives for the arguments (a list, or the only one) with these tensors in place of its parameters and buffers. The
 * module is as it was afterwards, also where it throws; what it writes to a buffer in place, it writes to the tensor given. With
 * `func.grad` and `vmap` it makes a function of the parameters of a model. Throws ValueError for paths that there are not, for
 * values that differ for one tied tensor, and in strict mode where one is missing. torch.func.functional_call
 *
 * @example
 * const weights = Object.fromEntries(model.namedParameters().map(([path, w]) => [path, w.detach()]));
 * const loss = (w: typeof weights, x: Tensor, y: Tensor) => mseLoss(functionalCall(model, w, x), y);
 * const perSample = vmap(func.grad(loss), { inDims: [null, 0, 0] })(weights, inputs, targets);
 */
export function functionalCall<M extends Module>(
  module: M,
  parametersAndBuffers: TensorsByPath | readonly TensorsByPath[],
  args?: unknown,
  options: FunctionalCallOptions = {},
): ReturnType<M['forward']> {
  const { tieWeights = true, strict = false } = options;
  const places = placesOf(module);
  const given = merged(parametersAndBuffers);
  for (const [path, value] of given) {
    if (!places.has(path)) {
      const known = [...places.keys()].map((key) => `"${key}"`).join(', ') || 'none';
      throw new ValueError('functionalCall', `the module has no parameter or buffer "${path}". It has ${known}.`);
    }
    if (!isTensor(value))
      throw new TypeError(
        `functionalCall: "${path}" is ${value === null ? 'null' : `a ${typeof value}`}. Give a tensor.`,
      );
  }
  const values = tieWeights ? tied(places, given) : given;
  const missing = [...places.keys()].filter((path) => !values.has(path));
  if (strict && missing.length > 0)
    throw new ValueError('functionalCall', `${missing.map((path) => `"${path}"`).join(', ')} is not given, which strict does not allow. Give all.`); // prettier-ignore
  const undo: (() => void)[] = [];
  try {
    for (const [path, value] of values) {
      const place = places.get(path);
      if (place) undo.push(put(place, value));
    }
    const list = args === undefined ? [] : Array.isArray(args) ? (args as unknown[]) : [args];
    return (module as unknown as (...args: unknown[]) => ReturnType<M['forward']>)(...list);
  } finally {
    for (const restore of undo.reverse()) restore();
  }
}

/** Tensors by their paths, of several models at once: what each has is at one place of the first dim. */
export type StackedTensors = Record<string, Tensor>;

/**
 * The parameters and the buffers of models of one class, stacked, for `vmap` over `functionalCall`. They are leaves, and require grad
 * where those of the models do. Throws ValueError where there is no model, or where classes, modes, names or requiresGrad
 * differ. torch.func.stack_module_state
 *
 * @example
 * const [weights, buffers] = stackModuleState(models);
 * const one = (w: typeof weights, b: typeof buffers, x: Tensor) => functionalCall(models[0], [w, b], x);
 * const outputs = vmap(one, { inDims: [0, 0, null] })(weights, buffers, x);
 */
export function stackModuleState(models: readonly Module[]): [parameters: StackedTensors, buffers: StackedTensors] {
  const [first] = models;
  if (!first) throw new ValueError('stackModuleState', 'there are no models. Give at least one.');
  if (models.some((model) => model.constructor !== first.constructor))
    throw new ValueError('stackModuleState', 'the models are of different classes. Give models of one class.');
  if (models.some((model) => model.training !== first.training))
    throw new ValueError('stackModuleState', 'some models are in training mode, others are not. Call train() or eval() of all.'); // prettier-ignore
  return [
    stacked(models.map((model) => model.namedParameters())),
    stacked(models.map((model) => model.namedBuffers())),
  ];
}

function stacked(all: readonly Iterable<readonly [string, Tensor]>[]): StackedTensors {
  const [first = new Map(), ...others] = all.map((named) => new Map(named));
  if (others.some((other) => other.size !== first.size))
    throw new ValueError('stackModuleState', 'the models have different numbers of parameters or buffers. Give models built alike.'); // prettier-ignore
  return Object.fromEntries(
    [...first].map(([path, tensor]) => {
      const own = [tensor, ...others.map((other) => other.get(path))];
      if (!own.every((x) => x?.requiresGrad === tensor.requiresGrad))
        throw new ValueError('stackModuleState', `"${path}" is missing in some of the models, or requires grad in some only. Make them alike.`); // prettier-ignore
      return [path, stack(own.map((x) => (x as Tensor).detach())).requiresGrad_(tensor.requiresGrad)];
    }),
  );
}

interface Place {
  readonly owner: Module;
  readonly field: string;
  readonly tensor: Tensor;
}

/** Where every parameter and buffer is, under every path that leads to it. */
function placesOf(module: Module): Map<string, Place> {
  const places = new Map<string, Place>();
  for (const [prefix, owner] of module.namedModules({ removeDuplicate: false })) {
    const { parameters, buffers } = owner[members]();
    for (const [field, tensor] of [...parameters, ...buffers])
      places.set(prefix === '' ? field : `${prefix}.${field}`, { owner, field, tensor });
  }
  return places;
}

function merged(given: TensorsByPath | readonly TensorsByPath[]): Map<string, Tensor> {
  const values = new Map<string, Tensor>();
  for (const part of (Array.isArray(given) ? given : [given]) as readonly TensorsByPath[]) {
    for (const [path, value] of Object.entries(part)) {
      if (values.has(path)) throw new ValueError('functionalCall', `"${path}" is given twice. Give each path once.`);
      values.set(path, value);
    }
  }
  return values;
}

/** The values also for the other paths of the tensors that they stand for. */
function tied(places: ReadonlyMap<string, Place>, given: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  const byTensor = new Map<Tensor, [path: string, value: Tensor]>();
  for (const [path, value] of given) {
    const { tensor } = places.get(path) as Place;
    const known = byTensor.get(tensor);
    if (known && known[1] !== value)
      throw new ValueError('functionalCall', `"${known[0]}" and "${path}" are one tensor of the module, and two values are given. Give one, or set tieWeights to false.`); // prettier-ignore
    byTensor.set(tensor, [path, value]);
  }
  const values = new Map<string, Tensor>();
  for (const [path, { tensor }] of places) {
    const found = given.get(path) ?? byTensor.get(tensor)?.[1];
    if (found) values.set(path, found);
  }
  return values;
}

/** Puts a tensor into a field, and gives back how to undo it. What is a plain tensor then is no parameter of the module. */
function put({ owner, field }: Place, value: Tensor): () => void {
  const own = Object.getOwnPropertyDescriptor(owner, field);
  const before = fieldOf(owner, field);
  Object.defineProperty(owner, field, {
    configurable: true,
    enumerable: own?.enumerable ?? true,
    writable: true,
    value,
  });
  return () => {
    if (own) Object.defineProperty(owner, field, own);
    else {
      Reflect.deleteProperty(owner, field);
      if (fieldOf(owner, field) !== before) Object.assign(owner, { [field]: before });
    }
  };
}
