// Every number of the page: plain lists in, plain lists out, and Rushlight in between. Small enough for the page's own thread.

import { autograd, Generator, nn, rand, tensor, tidy, useBackend, zeros, type Tensor } from 'rushlight';

const { binaryCrossEntropyWithLogits, crossEntropy, klDiv, mseLoss, nllLoss } = nn.functional;

/** Before all else: what is measured here is measured on the cpu backend. */
export const open = async (): Promise<void> => void (await useBackend('cpu'));

/** What is true: a class, or a probability for each. */
export type Target = number | readonly number[];

const targetOf = (target: Target): Tensor =>
  typeof target === 'number' ? tensor(target, { dtype: 'int32' }) : tensor([...target]);

const listOf = (x: Tensor): number[] => [...x.dataSync()].map(Number);
const gradOf = (x: Tensor): number[] => (x.grad ? listOf(x.grad) : []);

export interface Question {
  readonly logits: readonly number[];
  readonly target: Target;
  readonly smoothing?: number;
  readonly temperature?: number;
  readonly weight?: readonly number[];
}

export interface Answer {
  readonly loss: number;
  /** Of the logits as they are given, before the temperature divides them. */
  readonly gradient: readonly number[];
  readonly probabilities: readonly number[];
  /** −ln p. */
  readonly surprisals: readonly number[];
}

/** The loss of one sample, and its gradient by `backward`. A sum, as the mean over one sample would divide by its own weight. */
export function single({ logits, target, smoothing = 0, temperature = 1, weight }: Question): Answer {
  return tidy(() => {
    const z = tensor([...logits], { requiresGrad: true });
    const scaled = z.div(temperature);
    const options = {
      reduction: 'sum',
      labelSmoothing: smoothing,
      ...(weight && { weight: tensor([...weight]) }),
    } as const;
    const loss = crossEntropy(scaled, targetOf(target), options);
    loss.backward();
    const logP = scaled.detach().logSoftmax(0);
    return {
      loss: loss.itemSync(),
      gradient: gradOf(z),
      probabilities: listOf(logP.exp()),
      surprisals: listOf(logP.neg()),
    };
  });
}

/** The loss of each of several samples with one target. */
export function losses(rows: readonly (readonly number[])[], target: Target, smoothing = 0): number[] {
  return tidy(() => {
    const logits = tensor(rows.map((row) => [...row]));
    const targets =
      typeof target === 'number'
        ? tensor(rows.map(() => target), { dtype: 'int32' }) // prettier-ignore
        : tensor(rows.map(() => [...target]));
    return listOf(crossEntropy(logits, targets, { reduction: 'none', labelSmoothing: smoothing }));
  });
}

export interface Parts {
  readonly crossEntropy: number;
  readonly entropy: number;
  readonly divergence: number;
}

/** The cross-entropy of p under q, what of it no p can spare, and the rest. A logarithm of a probability is as good a logit as any. */
export function parts(p: readonly number[], q: readonly number[]): Parts {
  return tidy(() => {
    const [logP, target] = [tensor([...p]).log(), tensor([...q])];
    return {
      crossEntropy: crossEntropy(logP, target).itemSync(),
      // The logarithm of 0 would be multiplied by 0: that of a number next to it gives 0.
      entropy: crossEntropy(target.clamp({ min: 1e-30 }).log(), target).itemSync(),
      divergence: klDiv(logP, target, { reduction: 'sum' }).itemSync(),
    };
  });
}

export interface Batch {
  readonly logits: readonly (readonly number[])[];
  readonly targets: readonly number[];
  readonly weight: readonly number[];
  readonly ignoreIndex: number;
}

export interface BatchAnswer {
  readonly each: readonly number[];
  readonly mean: number;
  readonly sum: number;
  /** Of the mean. */
  readonly gradients: readonly (readonly number[])[];
}

export function batch({ logits, targets, weight, ignoreIndex }: Batch): BatchAnswer {
  return tidy(() => {
    const z = tensor(
      logits.map((row) => [...row]),
      { requiresGrad: true },
    );
    const y = tensor([...targets], { dtype: 'int32' });
    const options = { weight: tensor([...weight]), ignoreIndex };
    const mean = crossEntropy(z, y, options);
    mean.backward();
    const classes = weight.length;
    const flat = gradOf(z);
    return {
      each: listOf(crossEntropy(z.detach(), y, { ...options, reduction: 'none' })),
      mean: mean.itemSync(),
      sum: crossEntropy(z.detach(), y, { ...options, reduction: 'sum' }).itemSync(),
      gradients: targets.map((_, k) => flat.slice(k * classes, (k + 1) * classes)),
    };
  });
}

/** The squared error of softmax against the target: what cross-entropy is compared with. */
const squaredError = (logits: Tensor, target: number): Tensor => {
  const p = logits.softmax(-1);
  const truth = tensor(Array.from({ length: p.shape.at(-1) ?? 1 }, (_, k) => Number(k === target)));
  return mseLoss(p, truth.expandAs(p), { reduction: 'sum' });
};

export type LossName = 'crossEntropy' | 'squaredError';

const lossOf = (name: LossName, logits: Tensor, target: number): Tensor =>
  name === 'crossEntropy' ? crossEntropy(logits, targetOf(target)) : squaredError(logits, target);

export interface Slope {
  readonly value: number;
  readonly first: number;
  readonly second: number;
}

/** The loss at a + t·(b − a), with its first and second derivative by t: autograd twice. */
export function alongAt(name: LossName, a: readonly number[], b: readonly number[], target: number, at: number): Slope {
  const from = tensor([...a]);
  const way = tensor(b.map((value, k) => value - (a[k] ?? 0)));
  const t = tensor(at, { requiresGrad: true });
  const loss = lossOf(name, from.add(way.mul(t)), target);
  const [first] = autograd.grad(loss, t, { createGraph: true });
  const [second] = first ? autograd.grad(first, t) : [];
  return { value: loss.itemSync(), first: first?.itemSync() ?? 0, second: second?.itemSync() ?? 0 };
}

/** Two places among logits, by chance: the same seed gives the same. */
export function ends(seed: number, classes: number): [number[], number[]] {
  return tidy(() => {
    const generator = new Generator();
    generator.manualSeed(seed);
    const flat = listOf(
      rand([2 * classes], { generator })
        .mul(12)
        .sub(6),
    );
    return [flat.slice(0, classes), flat.slice(classes)];
  });
}

/** The loss at several places of that line. */
export function along(
  name: LossName,
  a: readonly number[],
  b: readonly number[],
  target: number,
  ts: readonly number[],
): number[] {
  const rows = ts.map((t) => a.map((from, k) => from + t * ((b[k] ?? 0) - from)));
  if (name === 'crossEntropy') return losses(rows, target);
  return tidy(() => rows.map((row) => squaredError(tensor(row), target).itemSync()));
}

/** The derivative by the first of two logits, the other 0, at each of several values: how hard each loss pulls. */
export function pulls(name: LossName, values: readonly number[], target: number): number[] {
  return tidy(() => {
    const z = tensor(
      values.map((value) => [value, 0]),
      { requiresGrad: true },
    );
    const targets = tensor(values.map(() => target), { dtype: 'int32' }); // prettier-ignore
    (name === 'crossEntropy' ? crossEntropy(z, targets, { reduction: 'sum' }) : squaredError(z, target)).backward();
    return gradOf(z).filter((_, k) => k % 2 === 0);
  });
}

export type Way = 'naive' | 'softmax' | 'twice' | 'fused';

/** One loss in several ways, in float32, of which one alone is right: what becomes of it, and of its gradient. */
export function byWay(way: Way, logits: readonly number[], target: number): Pick<Answer, 'loss' | 'gradient'> {
  return tidy(() => {
    const z = tensor([...logits], { requiresGrad: true });
    const loss = {
      naive: () => nllLoss(z.exp().div(z.exp().sum()).log(), targetOf(target)),
      softmax: () => nllLoss(z.softmax(0).log(), targetOf(target)),
      twice: () => crossEntropy(z.softmax(0), targetOf(target)),
      fused: () => crossEntropy(z, targetOf(target)),
    }[way]();
    loss.backward();
    return { loss: loss.itemSync(), gradient: gradOf(z) };
  });
}

export interface Binary {
  readonly two: number;
  readonly one: number;
  readonly sigmoid: number;
  readonly softmax: number;
}

/** One logit under the logistic loss, beside two logits, that one and 0, under the cross-entropy; both of these shifted by `shift`. */
export function binary(logit: number, target: number, shift: number): Binary {
  return tidy(() => {
    const pair = tensor([shift, logit + shift]);
    const z = tensor([logit]);
    return {
      two: crossEntropy(pair, targetOf(target)).itemSync(),
      one: binaryCrossEntropyWithLogits(z, tensor([target])).itemSync(),
      sigmoid: z.sigmoid().itemSync(),
      softmax: pair.softmax(0).select(0, 1).itemSync(),
    };
  });
}

/** The logistic loss of each of several logits. */
export const logistic = (logits: readonly number[], target: number): number[] =>
  tidy(() =>
    listOf(binaryCrossEntropyWithLogits(tensor([...logits]), tensor(logits.map(() => target)), { reduction: 'none' })),
  );

/** What it costs to hold all of so many classes for equally likely. */
export const guess = (classes: number): number => tidy(() => crossEntropy(zeros([classes]), targetOf(0)).itemSync());

export interface Steps {
  readonly largest: number;
  readonly shifted: readonly number[];
  readonly exps: readonly number[];
  readonly sum: number;
  readonly logSum: number;
  readonly loss: number;
  readonly gradient: readonly number[];
  readonly probabilities: readonly number[];
}

/** The loss by the log-sum-exp form, line by line, and by `crossEntropy`. Throws what `crossEntropy` throws. */
export function steps(logits: readonly number[], target: number): Steps {
  const { loss, gradient, probabilities } = single({ logits, target });
  return tidy(() => {
    const z = tensor([...logits]);
    const largest = z.amax();
    const shifted = z.sub(largest);
    const exps = shifted.exp();
    const sum = exps.sum();
    return {
      largest: largest.itemSync(),
      shifted: listOf(shifted),
      exps: listOf(exps),
      sum: sum.itemSync(),
      logSum: sum.log().itemSync(),
      loss,
      gradient,
      probabilities,
    };
  });
}

/** One step of plain gradient descent on the logits themselves. */
export const descended = (logits: readonly number[], gradient: readonly number[], rate: number): number[] =>
  tidy(() => listOf(tensor([...logits]).sub(tensor([...gradient]).mul(rate))));
