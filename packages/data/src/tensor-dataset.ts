import { indexSelect, show, tensor, ValueError, type Tensor } from '@rushlight/core';
import { checkIndex } from './check-options.ts';
import { Dataset } from './dataset.ts';
import type { Collated } from './default-collate.ts';

/**
 * Tensors of one length along dim 0; sample `i` is row `i` of each. Batches are on the tensors' device.
 * Throws a ValueError if the lengths differ.
 * https://pytorch.org/docs/1.13/data.html#torch.utils.data.TensorDataset
 *
 * @example
 * const dataset = new TensorDataset(randn([100, 10]), randint(0, 2, [100]));
 */
export class TensorDataset<Tensors extends readonly Tensor[]> extends Dataset<Tensors> {
  /** What was given: a row of each is a sample. */
  readonly tensors: Tensors;

  constructor(...tensors: Tensors) {
    super();
    const shapes = tensors.map(({ shape }) => show(shape)).join(', ');
    if (
      tensors.length === 0 ||
      tensors.some(({ shape }) => shape[0] === undefined || shape[0] !== tensors[0]?.shape[0])
    ) {
      const found = shapes ? `the shapes ${shapes}` : 'no tensors';
      throw new ValueError('TensorDataset', `it got ${found}. Pass tensors of one length along dim 0.`);
    }
    this.tensors = tensors;
  }

  get length(): number {
    return this.tensors[0]?.shape[0] ?? 0;
  }

  get(index: number): Tensors {
    checkIndex('TensorDataset', index, this.length);
    return this.tensors.map((t) => t.select(0, index)) as readonly Tensor[] as Tensors;
  }

  override getBatch(indices: readonly number[]): Collated<Tensors> {
    for (const index of indices) checkIndex('TensorDataset', index, this.length);
    const rows = Int32Array.from(indices);
    return this.tensors.map((t) =>
      indexSelect(t, 0, tensor(rows, { device: t.device })),
    ) as readonly Tensor[] as Collated<Tensors>;
  }
}
