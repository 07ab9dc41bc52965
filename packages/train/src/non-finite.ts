// A loss that is no finite number: where it began.

import { defaultGenerator, isFloat, isTensor, noGrad, RushlightError, type Tensor } from '@rushlight/core';
import type { Module } from '@rushlight/nn';
import type { Batch, Model } from './evaluate.ts';

/** A loss became NaN or infinite. The weights are those before the update of that step, where the device could be read at once. */
export class NonFiniteLossError extends RushlightError {
  override readonly name = 'NonFiniteLossError';
  /** The loss: NaN, Infinity or -Infinity. */
  readonly value: number;
  /** Counted from 1 on, as the step. */
  readonly epoch: number;
  /** Counted from 1 on. */
  readonly step: number;
  /** In which tensor it began, for people; undefined where that was not to be found out. */
  readonly where: string | undefined;

  constructor(value: number, { epoch, step }: { epoch: number; step: number }, where: string | undefined) {
    const began = where ? ` It began in ${where}.` : '';
    super('train', `the loss is ${value} at step ${step} (epoch ${epoch}).${began} Lower the learning rate, clip gradients, or check the data.`); // prettier-ignore
    this.value = value;
    this.epoch = epoch;
    this.step = step;
    this.where = where;
  }
}

/**
 * The first tensor on the way to the loss that is not finite: of the batch, of the weights, or what a layer makes of finite ones. The
 * model is run once more for that; its buffers (running statistics) and the default generator are put back.
 */
export async function findNonFinite(
  { model }: { readonly model: Model },
  [input, target]: Batch,
): Promise<string | undefined> {
  const given = [['the input of the batch', input], ['the target of the batch', target]] as const; // prettier-ignore
  for (const [name, x] of given) if (await isFaulty(x)) return name;
  const weight = await findNonFiniteWeight(model);
  if (weight) return weight;
  const outputs: { name: string; x: Tensor }[] = [];
  const hooks = [...model.namedModules()].map(([name, module]) =>
    (module as Module<unknown[], unknown>).registerForwardHook((_, __, output) => {
      const kind = module.constructor.name;
      if (isTensor(output)) outputs.push({ name: name ? `the output of "${name}" (${kind})` : 'the output of the model', x: output }); // prettier-ignore
    }),
  );
  const putBack = remember(model);
  try {
    noGrad(() => model(input));
  } finally {
    for (const hook of hooks) hook.remove();
    putBack();
  }
  for (const { name, x } of outputs) if (await isFaulty(x)) return name;
  return 'the loss: what the model gave is finite';
}

/** The first weight or buffer that is not finite. */
export async function findNonFiniteWeight(model: Model): Promise<string | undefined> {
  for (const [key, x] of Object.entries(model.stateDict())) {
    if (await isFaulty(x)) return `the weight "${key}": the update before made it so`;
  }
  return undefined;
}

/** What a forward changes, and how it is undone. */
function remember(model: Model): () => void {
  const generator = defaultGenerator();
  const state = generator.getState();
  const buffers = noGrad(() => [...model.buffers()].map((buffer) => [buffer, buffer.clone()] as const));
  return () => {
    generator.setState(state);
    noGrad(() => {
      for (const [buffer, before] of buffers) {
        buffer.copy_(before);
        before.dispose();
      }
    });
  };
}

async function isFaulty(x: Tensor): Promise<boolean> {
  if (!isFloat(x.dtype) || x.numel() === 0) return false;
  return !(await noGrad(() => x.detach().isfinite().all()).item());
}
