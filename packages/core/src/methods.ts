// `import '@rushlight/core/methods'` gives every operation on one tensor as a method. A page that is to be small leaves it out:
// `sort(x, 0)` is there in any case, and `x.sort(0)` is then no method for the compiler either.

import { install, installInplace, type InplaceMethods, type Methods } from './as-methods.ts';
import * as activations from './ops/activations.ts';
import * as agreement from './ops/agreement.ts';
import * as arrange from './ops/arrange.ts';
import * as gatherScatter from './ops/gather-scatter.ts';
import * as indexAlong from './ops/index-along.ts';
import * as indexing from './ops/indexing.ts';
import * as mask from './ops/mask.ts';
import * as matrixProducts from './ops/matrix-products.ts';
import * as pad from './ops/pad.ts';
import type { ReductionOptions, ValuesAndIndices } from './ops/reduction.ts';
import * as scan from './ops/scan.ts';
import * as sort from './ops/sort.ts';
import * as special from './ops/special.ts';
import * as triangle from './ops/triangle.ts';
import * as windowedViews from './ops/windowed-views.ts';
import * as distributions from './random/distributions.ts';
import { Tensor } from './tensor.ts';

type MoreOps = Methods<typeof activations> &
  InplaceMethods<typeof activations> &
  Methods<typeof agreement> &
  Methods<typeof arrange> &
  Methods<typeof gatherScatter> &
  Methods<typeof indexAlong> &
  Methods<typeof indexing> &
  Omit<Methods<typeof mask>, 'nonzero' | 'nonzeroAsync'> &
  Methods<typeof distributions> &
  Methods<typeof matrixProducts> &
  Methods<typeof pad> &
  Methods<typeof scan> &
  Omit<Methods<typeof sort>, 'median'> &
  Methods<typeof special> &
  InplaceMethods<typeof special> &
  Methods<typeof triangle> &
  Methods<typeof windowedViews> &
  OtherForms;

/** What mapping cannot give: functions of several forms. */
interface OtherForms {
  /** The lower of the middle elements, of all or along a dim with where it is; NaN if there is one. torch.median */
  median(): Tensor;
  median(dim: number, options?: ReductionOptions): ValuesAndIndices;
  /** Where this is not 0, as an [n, rank] matrix or, with `asTuple`, one list per dim. torch.nonzero */
  nonzero(options: mask.NonzeroOptions & { readonly asTuple: true }): Tensor[];
  nonzero(options?: mask.NonzeroOptions): Tensor;
  /** `nonzero` on every device. */
  nonzeroAsync(options: mask.NonzeroOptions & { readonly asTuple: true }): Promise<Tensor[]>;
  nonzeroAsync(options?: mask.NonzeroOptions): Promise<Tensor>;
}

declare module './tensor.ts' {
  interface Tensor extends MoreOps {}
}

for (const module of [
  activations,
  agreement,
  arrange,
  distributions,
  gatherScatter,
  indexAlong,
  indexing,
  mask,
  matrixProducts,
])
  install(Tensor.prototype, module);
for (const module of [pad, scan, sort, special, triangle, windowedViews]) install(Tensor.prototype, module);
for (const module of [activations, special]) installInplace(Tensor.prototype, module);
