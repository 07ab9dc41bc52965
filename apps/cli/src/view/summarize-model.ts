// What a model is made of, found by running it once.

import {
  describe, getRngState, isTensor, noGrad, setRngState, zeros, type nn, type Tensor,
} from 'rushlight'; // prettier-ignore

/** A module inside of a model, or the model itself where it has none. */
export interface LayerSummary {
  /** Where it is: 'features.0'; '' for the model itself. */
  readonly path: string;
  /** The name of its class. */
  readonly kind: string;
  /** Of the first tensor in what it returned first; undefined if it was not called or returned none. */
  readonly outputShape: readonly number[] | undefined;
  /** Elements of its own parameters, without those of modules inside of it. What layers share is counted at the first. */
  readonly parameters: number;
  /** How often it was called. */
  readonly calls: number;
  /** Whether there are modules inside of it. */
  readonly isContainer: boolean;
}

export interface Summary {
  /** The name of the model's class. */
  readonly name: string;
  readonly inputShape: readonly number[];
  /** Of the tensor that it returned; undefined where it returned something else. */
  readonly outputShape?: readonly number[] | undefined;
  /** Each once: in the order of their first calls, then what was not called. */
  readonly layers: readonly LayerSummary[];
  /** Elements of all parameters, shared ones once; and of those that are trained. */
  readonly parameters: number;
  readonly trainable: number;
  /** What parameters and buffers take. */
  readonly bytes: number;
}

/**
 * Runs a model once on zeros of its first float parameter's dtype, in evaluation mode and without gradients, and tells of its layers. `inputShape` has the batch in it.
 * The modes of its modules, its buffers and the default generator are left as they were. Throws what its forward throws.
 * torch.nn.Module.register_forward_hook
 *
 * @example
 * const { parameters, layers } = summarizeModel(new nn.Linear(3, 2), [1, 3]);
 */
export function summarizeModel(
  model: nn.Module & ((input: Tensor) => unknown),
  inputShape: readonly number[],
): Summary {
  const named = model.namedModules();
  const { output, calls, shapes } = watchForward(model, inputShape);
  // Counted after the forward, which may have made parameters.
  const counted = new Set<Tensor>();
  const ownParameters = (module: nn.Module): number => {
    const fresh = module.parameters({ recurse: false }).filter((parameter) => !counted.has(parameter));
    for (const parameter of fresh) counted.add(parameter);
    return elements(fresh);
  };
  const order = new Map([...calls.keys()].map((module, k) => [module, k]));
  const placeOf = (module: nn.Module): number => order.get(module) ?? order.size;
  const layers = named
    .map(([path, module]): [module: nn.Module, layer: LayerSummary] => [
      module,
      {
        path,
        kind: module.constructor.name,
        outputShape: shapes.get(module),
        parameters: ownParameters(module),
        calls: calls.get(module) ?? 0,
        isContainer: module.children().length > 0,
      },
    ])
    .filter(([, { path, isContainer, parameters }]) => path !== '' || !isContainer || parameters > 0)
    .toSorted(([a], [b]) => placeOf(a) - placeOf(b))
    .map(([, layer]) => layer);
  const parameters = model.parameters();
  const tensors: readonly Tensor[] = [...parameters, ...model.buffers()];
  return {
    name: model.constructor.name,
    inputShape,
    outputShape: isTensor(output) ? output.shape : undefined,
    layers,
    parameters: elements(parameters),
    trainable: elements(parameters.filter((parameter) => parameter.requiresGrad)),
    bytes: tensors.reduce((sum, x) => sum + x.numel() * describe(x.dtype).array.BYTES_PER_ELEMENT, 0),
  };
}

const elements = (tensors: readonly Tensor[]): number => tensors.reduce((sum, x) => sum + x.numel(), 0);

/** What a model returns; how often each module is called, in the order of first calls, and the shapes of what they return. */
function watchForward(
  model: nn.Module & ((input: Tensor) => unknown),
  inputShape: readonly number[],
): { output: unknown; calls: Map<nn.Module, number>; shapes: Map<nn.Module, readonly number[]> } {
  const calls = new Map<nn.Module, number>();
  const shapes = new Map<nn.Module, readonly number[]>();
  const modules = model.modules();
  const modes = modules.map((module) => module.training);
  const generator = getRngState();
  const buffers = model.buffers().map((buffer) => [buffer, buffer.clone()] as const);
  const handles = modules.flatMap((module) => [
    module.registerForwardPreHook(() => void calls.set(module, (calls.get(module) ?? 0) + 1)),
    module.registerForwardHook((_module, _args, output) => {
      const tensor = firstTensor(output);
      if (tensor && !shapes.has(module)) shapes.set(module, tensor.shape);
    }),
  ]);
  const like = model.parameters().find((parameter) => describe(parameter.dtype).kind === 'float');
  try {
    model.eval();
    const output = noGrad(() => model(zeros([...inputShape], like && { dtype: like.dtype, device: like.device })));
    return { output, calls, shapes };
  } finally {
    for (const handle of handles) handle.remove();
    modules.forEach((module, k) => (module.training = modes[k] ?? true));
    setRngState(generator);
    noGrad(() => buffers.forEach(([buffer, before]) => buffer.copy_(before)));
  }
}

/** In arrays and objects, the first of them: what recurrent layers and attention return. */
function firstTensor(value: unknown, depth = 4): Tensor | undefined {
  if (isTensor(value)) return value;
  if (typeof value !== 'object' || value === null || depth === 0) return undefined;
  for (const item of Object.values(value)) {
    const found = firstTensor(item, depth - 1);
    if (found) return found;
  }
  return undefined;
}
