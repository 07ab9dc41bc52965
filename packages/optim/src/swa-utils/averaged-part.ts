// The averaged twin of a module: parameters and buffers of its own under the same names, and the forward of the original, which for as
// long as a call lasts holds the twin's tensors instead of its own.

import { isTensor, noGrad, untracked, type Tensor } from '@rushlight/core';
import { Module, ModuleError, Parameter } from '@rushlight/nn';

/** What a module holds by name. Containers keep it in a map. */
function properties(module: Module): [string, unknown][] {
  const maps = Object.getOwnPropertySymbols(module)
    .map((symbol): unknown => Reflect.get(module, symbol))
    .filter((value): value is Map<string, unknown> => value instanceof Map);
  return [...maps.flatMap((map) => [...map]), ...Object.entries(module)];
}

/** Lets a module hold another tensor under a name, and returns what it held. */
function exchange(module: Module, name: string, tensor: unknown): unknown {
  if (Object.hasOwn(module, name)) {
    const held: unknown = Reflect.get(module, name);
    Reflect.set(module, name, tensor);
    return held;
  }
  for (const symbol of Object.getOwnPropertySymbols(module)) {
    const items: unknown = Reflect.get(module, symbol);
    if (!(items instanceof Map) || !items.has(name)) continue;
    const held: unknown = items.get(name);
    items.set(name, tensor);
    return held;
  }
  throw new ModuleError(
    'AveragedModel',
    `${module.constructor.name} has no "${name}" any more. Average a model that keeps its structure.`,
  );
}

/** One module's twin. Calling it runs the forward of that module, with its hooks, on averaged parameters. */
export class AveragedPart extends Module<unknown[], unknown> {
  readonly #original: Module;

  constructor(original: Module) {
    super();
    this.#original = original;
    this.training = original.training;
    // Printed, and named in messages, as what it stands for.
    Object.defineProperty(this, 'constructor', { value: original.constructor });
  }

  /** The module whose forward it runs; any other module itself. */
  static originalOf(module: Module): Module {
    return module instanceof AveragedPart ? module.#original : module;
  }

  forward(...args: unknown[]): unknown {
    const undo: (() => void)[] = [];
    try {
      for (const part of this.modules()) if (part instanceof AveragedPart) part.#lend(undo);
      const output = (this.#original as Module<unknown[]>)(...args);
      if (!(output instanceof Promise)) return output;
    } finally {
      for (const step of undo.reverse()) step();
    }
    throw new ModuleError(
      'AveragedModel',
      `the forward of ${this.#original.constructor.name} is async, and would go on without the averaged parameters. ` +
        'Load averaged.module.stateDict() into a model of its own.',
    );
  }

  /** Lets the original have its tensors and its mode, until that is undone. */
  #lend(undo: (() => void)[]): void {
    const original = this.#original;
    const { training } = original;
    original.training = this.training;
    undo.push(() => (original.training = training));
    for (const [name, tensor] of Object.entries(this)) {
      if (!isTensor(tensor)) continue;
      const held = exchange(original, name, tensor);
      // A forward may have put another buffer in its place.
      undo.push(() => Reflect.set(this, name, exchange(original, name, held)));
    }
  }

  override extraRepr(): string {
    return this.#original.extraRepr();
  }
}

/** The twin of a module and of all in it. What is shared there is shared here. */
export function averagedPart(root: Module): AveragedPart {
  const [tensors, parts] = [new Map<Tensor, Tensor>(), new Map<Module, AveragedPart>()];
  const copied = <T extends Tensor>(tensor: T): T => {
    const copy = tensors.get(tensor) ?? untracked(() => noGrad(() => copyOf(tensor)));
    tensors.set(tensor, copy);
    return copy as T;
  };
  const visit = (module: Module): AveragedPart => {
    const known = parts.get(module);
    if (known) return known;
    const part = new AveragedPart(module);
    parts.set(module, part);
    const buffers = new Set(module.buffers({ recurse: false }));
    const saved = new Set(Object.keys(module.stateDict()));
    for (const [name, value] of properties(module)) {
      if (value instanceof Parameter) part.registerParameter(name, copied(value));
      else if (value instanceof Module) part.registerModule(name, visit(value));
      else if (isTensor(value) && buffers.has(value))
        part.registerBuffer(name, copied(value), { persistent: saved.has(name) });
    }
    return part;
  };
  // Else the original would refuse to be called by a module that does not show it.
  root.parameters();
  return visit(root);
}

function copyOf(tensor: Tensor): Tensor {
  const copy = tensor.detach().clone();
  return tensor instanceof Parameter ? new Parameter(copy, { requiresGrad: tensor.requiresGrad }) : copy;
}
