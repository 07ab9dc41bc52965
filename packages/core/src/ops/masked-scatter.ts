// Writing one element after another of a source where a mask is true.

import { DTypeError, ShapeError, show } from '../errors.ts';
import { broadcastShapes, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { binary } from './elementwise-op.ts';
import { read } from './lookup.ts';
import { cumsum } from './scan.ts';
import { scratch } from './scratch.ts';
import { throughCopy } from './through-copy.ts';
import { where } from './where.ts';

/** The rank of each true element among all of them; 0 elsewhere. */
const ranked = binary('maskedScatter', (count) => count.sub(1), {
  domain: 'integer',
  refuses: {
    when: (count, available) => available && count.gt(available),
    because: 'the mask is true more often than the source has elements. Give a longer source.',
  },
});

function scattered(op: string, x: Tensor, mask: Tensor, source: Tensor): Tensor {
  if (mask.dtype !== 'bool')
    throw new DTypeError(op, `the mask is ${mask.dtype}, not bool. Compare first, or convert with \`.to('bool')\`.`);
  if (x.dtype !== source.dtype) {
    throw new DTypeError(
      op,
      `the tensor is ${x.dtype}, the source ${source.dtype}. Convert it with \`.to('${x.dtype}')\`.`,
    );
  }
  const shape = broadcastShapes(op, [x.shape, mask.shape]);
  return scratch([x, source], () => {
    const where_ = mask.expand(shape);
    const available = source.numel();
    const count = cumsum(where_.reshape([-1]).to('int32'), 0);
    const rank = ranked(count, available).mul(where_.reshape([-1]));
    if (available === 0) return x.expand(shape).clone();
    const taken = read(op, source.reshape([-1]), { shape: rank.shape, dims: [{ index: rank, at: 0 }], wrap: false });
    return where(where_, taken.reshape(shape), x);
  });
}

/**
 * A copy of x in which the true elements of the mask, row-major, are replaced by those of `source`, one after another; x and
 * the mask broadcast. Throws ValueError where the source has too few, DTypeError for another dtype. torch.masked_scatter
 */
export function maskedScatter(x: Tensor, mask: Tensor, source: Tensor): Tensor {
  return scattered('maskedScatter', x, mask, source);
}

/** `maskedScatter` in x itself, to whose shape the mask broadcasts. torch.Tensor.masked_scatter_ */
export function maskedScatter_(x: Tensor, mask: Tensor, source: Tensor): Tensor {
  if (!sameShape(broadcastShapes('maskedScatter_', [x.shape, mask.shape]), x.shape)) {
    throw new ShapeError(
      'maskedScatter_',
      `the mask has shape ${show(mask.shape)}, the tensor ${show(x.shape)}. The mask must broadcast to the tensor.`,
    );
  }
  return throughCopy(x, [source], (copy) => scattered('maskedScatter_', copy, mask, source));
}
