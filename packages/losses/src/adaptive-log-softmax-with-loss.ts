// A softmax over very many classes, the frequent ones first. The head tells the frequent classes and the clusters of the rest;
// what cluster i has in it, a tail tells that sees the input through ever fewer features.

import {
  argmax, cat, indexAdd, indexCopy, indexSelect, loopOp, runLoop, ShapeError, show, tensor, ValueError, type Tensor,
} from '@rushlight/core'; // prettier-ignore
import { select } from '@rushlight/core/kernel';
import { Linear, Module, ModuleList, Sequential, type LinearOptions } from '@rushlight/nn';
import { atPosition } from './at-position.ts';
import { checkIndexDType } from './class-target.ts';
import { crossEntropy } from './cross-entropy.ts';

/** Options of `AdaptiveLogSoftmaxWithLoss`. */
export interface AdaptiveLogSoftmaxWithLossOptions extends Pick<LinearOptions, 'device' | 'dtype'> {
  /** How many times fewer features each cluster sees than the one before. Default 4. */
  readonly divValue?: number;
  /** Whether the head has a bias. Default false. */
  readonly headBias?: boolean;
}

/** What `AdaptiveLogSoftmaxWithLoss` returns. */
export interface AdaptiveLogSoftmaxOutput {
  /** The log-probability of each target, [N] or []. */
  readonly output: Tensor;
  /** Their mean, negated. */
  readonly loss: Tensor;
}

const op = 'AdaptiveLogSoftmaxWithLoss';
const ignored = -100;

/** Which output of the head a target belongs to: its own, or that of its cluster. Scalars: the classes, then the cutoffs. */
const headIndex = loopOp(op, (k, clusters: number) => {
  const target = k.input(0).cast('int32');
  k.check('element', target.lt(0).or(target.ge(k.scalar('int32'))), target);
  const cutoffs = Array.from({ length: clusters }, () => k.scalar('int32'));
  const [first, ...rest] = cutoffs;
  if (!first) throw new RangeError('there is no cutoff');
  const cluster = rest.reduce((count, cutoff) => count.add(target.ge(cutoff).cast('int32')), first);
  k.perElement(select(target.lt(first), target, cluster));
});

/** The classes of a cluster counted from its first, and elsewhere what is ignored. Scalars: the first, and the one after the last. */
const within = loopOp('withinCluster', (k) => {
  const target = k.input(0).cast('int32');
  const [low, high] = [k.scalar('int32'), k.scalar('int32')];
  k.perElement(select(target.ge(low).and(target.lt(high)), target.sub(low), ignored));
});

/**
 * An approximation of softmax and its cross-entropy for very many classes, which are sorted from the most frequent to the
 * rarest: `cutoffs` [10, 100] of 1000 classes put the first 10 into the head and the others into two clusters. Cluster i,
 * from 1, sees ⌊inFeatures / divValueⁱ⌋ features; it is computed for the samples whose target is in it.
 *
 * `adaptive(input, target)` takes [N, inFeatures] and [N] (int32 or uint8), or [inFeatures] and [], and returns
 * `{ output, loss }`: the log-probabilities of the targets and −their mean. `logProb` gives those of all classes, `predict` the
 * most likely class. State: `head.weight`, `head.bias`, `tail.i.0.weight`, `tail.i.1.weight`. On a device that cannot be read
 * synchronously every cluster is computed for every sample.
 *
 * Throws ValueError for cutoffs that are not rising integers from 1 to nClasses − 1 and for a class out of range (named with its
 * position), ShapeError and DTypeError where the tensors do not fit. E. Grave et al., https://arxiv.org/abs/1609.04309.
 * torch.nn.AdaptiveLogSoftmaxWithLoss
 *
 * @example
 * const criterion = new AdaptiveLogSoftmaxWithLoss(64, 10_000, [100, 1000]);
 * const { loss } = criterion(hidden, words);
 */
export class AdaptiveLogSoftmaxWithLoss extends Module<[input: Tensor, target: Tensor], AdaptiveLogSoftmaxOutput> {
  readonly inFeatures: number;
  readonly nClasses: number;
  /** Where the clusters end: those given, and `nClasses`. */
  readonly cutoffs: readonly number[];
  readonly divValue: number;
  readonly headBias: boolean;
  /** How many classes the head tells by itself. */
  readonly shortlistSize: number;
  readonly nClusters: number;
  readonly headSize: number;
  head: Linear;
  tail: ModuleList<Sequential>;

  constructor(
    inFeatures: number,
    nClasses: number,
    cutoffs: readonly number[],
    { divValue = 4, headBias = false, ...options }: AdaptiveLogSoftmaxWithLossOptions = {},
  ) {
    super();
    const [first] = cutoffs;
    const rises = cutoffs.every((c, k) => Number.isInteger(c) && c > (cutoffs[k - 1] ?? 0) && c < nClasses);
    if (first === undefined || !rises) {
      throw new ValueError(
        op,
        `the cutoffs are ${show(cutoffs)}. Give rising integers, each from 1 to ${nClasses - 1}, which is nClasses - 1.`,
      );
    }
    if (!(divValue > 0)) throw new ValueError(op, `divValue is ${divValue}. It must be > 0.`);
    this.inFeatures = inFeatures;
    this.nClasses = nClasses;
    this.cutoffs = [...cutoffs, nClasses];
    this.divValue = divValue;
    this.headBias = headBias;
    this.shortlistSize = first;
    this.nClusters = cutoffs.length;
    this.headSize = first + cutoffs.length;
    this.head = new Linear(inFeatures, this.headSize, { bias: headBias, ...options });
    const cluster = (low: number, k: number): Sequential => {
      const hidden = Math.floor(inFeatures / divValue ** (k + 1));
      const size = (this.cutoffs[k + 1] ?? low) - low;
      const plain = { bias: false, ...options };
      return new Sequential(new Linear(inFeatures, hidden, plain), new Linear(hidden, size, plain));
    };
    this.tail = new ModuleList(cutoffs.map(cluster));
  }

  /** Draws the parameters anew. */
  resetParameters(): void {
    this.head.resetParameters();
    for (const cluster of this.tail) for (const layer of cluster) if (layer instanceof Linear) layer.resetParameters();
  }

  forward(input: Tensor, target: Tensor): AdaptiveLogSoftmaxOutput {
    this.#checkShapes(input, target);
    const isBatch = target.ndim === 1;
    const x = isBatch ? input : input.unsqueeze(0);
    const y = isBatch ? target : target.unsqueeze(0);
    let losses = crossEntropy(this.head(x), this.#headIndex(y, target.shape), { reduction: 'none' });
    // Reading the targets is worth the wait: rows of other clusters need not be computed.
    const classes = x.device.backend.readSync ? y.dataSync() : undefined;
    for (const [k, cluster] of [...this.tail].entries()) {
      const [low = 0, high = 0] = this.cutoffs.slice(k, k + 2);
      const [relative] = runLoop(within([y]), [y], { scalars: [low, high] }) as [Tensor];
      if (!classes) {
        losses = losses.add(crossEntropy(cluster(x), relative, { ignoreIndex: ignored, reduction: 'none' }));
        continue;
      }
      const rows = [...classes].flatMap((c, row) => (c >= low && c < high ? [row] : []));
      if (rows.length === 0) continue;
      const chosen = tensor(new Int32Array(rows), { device: x.device });
      const inside = cluster(indexSelect(x, 0, chosen));
      const found = crossEntropy(inside, indexSelect(relative, 0, chosen), { reduction: 'none' });
      losses = indexAdd(losses, 0, chosen, found);
    }
    const output = losses.neg();
    return { output: isBatch ? output : output.squeeze(0), loss: losses.mean() };
  }

  #headIndex(target: Tensor, shape: readonly number[]): Tensor {
    const { nClasses, nClusters, cutoffs } = this;
    const [index] = runLoop(headIndex([target], nClusters), [target], {
      scalars: [nClasses, ...cutoffs.slice(0, -1)],
      explain: ({ value, position }) =>
        new ValueError(
          op,
          `target ${value}${atPosition(position, shape)} is out of range for ${nClasses} classes. Use 0 … ${nClasses - 1}.`,
        ),
    });
    return index as Tensor;
  }

  #checkShapes(input: Tensor, target: Tensor): void {
    const fits =
      target.ndim < 2 && input.ndim === target.ndim + 1 && (target.ndim === 0 || input.shape[0] === target.shape[0]);
    if (!fits || input.shape.at(-1) !== this.inFeatures) {
      throw new ShapeError(
        op,
        `the input has shape ${show(input.shape)}, the target ${show(target.shape)}. Use [N, ${this.inFeatures}] with [N], or [${this.inFeatures}] with [].`,
      );
    }
    checkIndexDType(op, target);
  }

  #checkInput(name: string, { shape }: Tensor): void {
    if (shape.length === 2 && shape[1] === this.inFeatures) return;
    throw new ShapeError(name, `the input has shape ${show(shape)}. Use [N, ${this.inFeatures}].`);
  }

  /** The log-probabilities of all classes: from [N, inFeatures] to [N, nClasses]. Throws ShapeError for anything else. */
  logProb(input: Tensor): Tensor {
    this.#checkInput('logProb', input);
    return this.#logProbOf(input, this.head(input));
  }

  #logProbOf(input: Tensor, head: Tensor): Tensor {
    const first = head.logSoftmax(1);
    const clusters = [...this.tail].map((cluster, k) =>
      cluster(input)
        .logSoftmax(1)
        .add(first.narrow(1, this.shortlistSize + k, 1)),
    );
    return cat([first.narrow(1, 0, this.shortlistSize), ...clusters], 1);
  }

  /**
   * The most likely class of each sample: from [N, inFeatures] to [N], int32. The same as `logProb(input).argmax(1)`, which it
   * computes only for samples whose most likely output of the head is a cluster. Throws ShapeError for other inputs.
   */
  predict(input: Tensor): Tensor {
    this.#checkInput('predict', input);
    const x = input.detach();
    const head = this.head(x);
    const best = argmax(head, 1);
    if (!x.device.backend.readSync) return argmax(this.#logProbOf(x, head), 1);
    const rows = [...best.dataSync()].flatMap((output, row) => (output >= this.shortlistSize ? [row] : []));
    if (rows.length === 0) return best;
    const chosen = tensor(new Int32Array(rows), { device: x.device });
    const found = argmax(this.#logProbOf(indexSelect(x, 0, chosen), indexSelect(head, 0, chosen)), 1);
    return indexCopy(best, 0, chosen, found);
  }
}
