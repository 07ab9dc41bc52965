// `import '@rushlight/core/methods'` gives every operation on one tensor as a method. A page that is to be small leaves it out:
// `sort(x, 0)` is there in any case, and `x.sort(0)` is then no method for the compiler either.

import { install, installInplace, type InplaceMethods, type Methods } from './as-methods.ts';
import * as linalg from './linalg/torch-names.ts';
import * as activations from './ops/activations.ts';
import * as agreement from './ops/agreement.ts';
import * as aliases from './ops/aliases.ts';
import * as arrange from './ops/arrange.ts';
import * as clip from './ops/clip.ts';
import * as diagflat from './ops/diagflat.ts';
import * as facts from './ops/facts.ts';
import * as floatParts from './ops/float-parts.ts';
import * as gamma from './ops/gamma.ts';
import * as bincount from './ops/bincount.ts';
import * as covariance from './ops/covariance.ts';
import { diff } from './ops/diff.ts';
import * as gatherScatter from './ops/gather-scatter.ts';
import * as besselI0 from './ops/i0.ts';
import { histc, histogram } from './ops/histogram.ts';
import * as inPlaceForms from './ops/in-place-forms.ts';
import * as indexAlong from './ops/index-along.ts';
import * as indexing from './ops/indexing.ts';
import * as mask from './ops/mask.ts';
import * as matrixProducts from './ops/matrix-products.ts';
import * as maskedScatter from './ops/masked-scatter.ts';
import * as methodForms from './ops/method-forms.ts';
import * as newLike from './ops/new-like.ts';
import { mode } from './ops/mode.ts';
import { nanmean, nanmedian, nansum } from './ops/nan-reductions.ts';
import * as pad from './ops/pad.ts';
import * as prelu from './ops/prelu.ts';
import * as put from './ops/put.ts';
import * as renamedViews from './ops/renamed-views.ts';
import * as norm from './ops/norm.ts';
import type { ReductionOptions, ValuesAndIndices } from './ops/reduction.ts';
import * as quantiles from './ops/quantile.ts';
import * as norms from './ops/renorm.ts';
import * as scan from './ops/scan.ts';
import * as scatterViews from './ops/scatter-views.ts';
import * as sort from './ops/sort.ts';
import * as special from './ops/special.ts';
import * as splitting from './ops/splitting.ts';
import * as tensorFacts from './ops/tensor-facts.ts';
import { properties, type TensorProperties } from './ops/tensor-properties.ts';
import * as triangle from './ops/triangle.ts';
import * as distinct from './ops/unique.ts';
import * as vectorProducts from './ops/vector-products.ts';
import * as windowedViews from './ops/windowed-views.ts';
import * as weightedSums from './ops/weighted-sums.ts';
import * as wholeNumbers from './ops/whole-numbers.ts';
import * as distributions from './random/distributions.ts';
import { Tensor } from './tensor.ts';

const histograms = { histc, histogram };
const statistics = { diff, mode, nanmean, nansum };

type MoreOps = Methods<typeof activations> &
  InplaceMethods<typeof activations> &
  Methods<typeof weightedSums> &
  InplaceMethods<typeof weightedSums> &
  Methods<typeof agreement> &
  Methods<typeof aliases> &
  Omit<InplaceMethods<typeof aliases>, 'ger_'> &
  Methods<typeof clip> &
  Methods<typeof floatParts> &
  InplaceMethods<Pick<typeof floatParts, 'heaviside' | 'ldexp' | 'nextafter' | 'sgn'>> &
  Omit<Methods<typeof gamma>, 'polygamma'> &
  InplaceMethods<Pick<typeof gamma, 'digamma' | 'lgamma'>> &
  Methods<typeof besselI0> &
  InplaceMethods<typeof besselI0> &
  Methods<typeof methodForms> &
  Methods<typeof diagflat> &
  Methods<typeof facts> &
  Methods<typeof inPlaceForms> &
  Methods<typeof maskedScatter> &
  Methods<typeof newLike> &
  Methods<typeof prelu> &
  Methods<typeof put> &
  Methods<typeof renamedViews> &
  Methods<typeof scatterViews> &
  Methods<typeof splitting> &
  Omit<Methods<typeof tensorFacts>, 'stride'> &
  TensorProperties &
  Methods<typeof wholeNumbers> &
  InplaceMethods<typeof wholeNumbers> &
  Methods<typeof arrange> &
  Methods<typeof gatherScatter> &
  Methods<typeof indexAlong> &
  Methods<typeof indexing> &
  Omit<Methods<typeof mask>, 'nonzero' | 'nonzeroAsync'> &
  Methods<typeof distributions> &
  Methods<typeof linalg> &
  Methods<typeof matrixProducts> &
  Methods<typeof norm> &
  Methods<typeof pad> &
  Methods<typeof scan> &
  Omit<Methods<typeof sort>, 'median'> &
  Methods<typeof special> &
  InplaceMethods<typeof special> &
  Methods<typeof triangle> &
  Methods<typeof vectorProducts> &
  Methods<typeof bincount> &
  Methods<typeof histograms> &
  Methods<typeof statistics> &
  Methods<typeof covariance> &
  Methods<typeof quantiles> &
  Methods<typeof norms> &
  Methods<typeof windowedViews> &
  OtherForms;

/** What mapping cannot give: functions of several forms. */
interface OtherForms {
  /** How many elements of memory lie between neighbours along a dim, or along each. torch.Tensor.stride */
  stride(): readonly number[];
  stride(dim: number): number;
  /** The lower of the middle elements, of all or along a dim with where it is; NaN if there is one. torch.median */
  median(): Tensor;
  median(dim: number, options?: ReductionOptions): ValuesAndIndices;
  /** Where this is not 0, as an [n, rank] matrix or, with `asTuple`, one list per dim. torch.nonzero */
  nonzero(options: mask.NonzeroOptions & { readonly asTuple: true }): Tensor[];
  nonzero(options?: mask.NonzeroOptions): Tensor;
  /** `median` of what is not NaN. torch.nanmedian */
  nanmedian(): Tensor;
  nanmedian(dim: number, options?: ReductionOptions): ValuesAndIndices;
  /** What is in this, sorted, each once, and if asked for where each element went and how often it occurs. torch.unique */
  unique: distinct.UniqueMethod<distinct.UniqueOptions, Tensor, [Tensor, Tensor], [Tensor, Tensor, Tensor]>;
  /** `unique` on every device. */
  uniqueAsync: distinct.UniqueMethod<
    distinct.UniqueOptions,
    Promise<Tensor>,
    Promise<[Tensor, Tensor]>,
    Promise<[Tensor, Tensor, Tensor]>
  >;
  /** Without elements that equal the one before. torch.unique_consecutive */
  uniqueConsecutive: distinct.UniqueMethod<
    distinct.ConsecutiveOptions,
    Tensor,
    [Tensor, Tensor],
    [Tensor, Tensor, Tensor]
  >;
  /** `uniqueConsecutive` on every device. */
  uniqueConsecutiveAsync: distinct.UniqueMethod<
    distinct.ConsecutiveOptions,
    Promise<Tensor>,
    Promise<[Tensor, Tensor]>,
    Promise<[Tensor, Tensor, Tensor]>
  >;
  /** `nonzero` on every device. */
  nonzeroAsync(options: mask.NonzeroOptions & { readonly asTuple: true }): Promise<Tensor[]>;
  nonzeroAsync(options?: mask.NonzeroOptions): Promise<Tensor>;
}

declare module './tensor.ts' {
  interface Tensor extends MoreOps {}
}

for (const module of [
  activations,
  weightedSums,
  agreement,
  arrange,
  distributions,
  gatherScatter,
  indexAlong,
  indexing,
  mask,
  linalg,
  matrixProducts,
])
  install(Tensor.prototype, module);
for (const module of [pad, scan, sort, special, triangle, windowedViews]) install(Tensor.prototype, module);
for (const module of [vectorProducts, bincount, histograms, distinct]) install(Tensor.prototype, module);
for (const module of [statistics, covariance, norm, quantiles, norms, { nanmedian }]) install(Tensor.prototype, module);
for (const module of [activations, special, weightedSums]) installInplace(Tensor.prototype, module);
for (const module of [methodForms, aliases, clip, floatParts, gamma, besselI0, wholeNumbers])
  install(Tensor.prototype, module);
for (const module of [aliases, floatParts, gamma, besselI0, wholeNumbers]) installInplace(Tensor.prototype, module);
for (const module of [diagflat, facts, inPlaceForms, maskedScatter, newLike]) install(Tensor.prototype, module);
for (const module of [prelu, put, renamedViews, scatterViews, splitting]) install(Tensor.prototype, module);
install(Tensor.prototype, tensorFacts);
for (const [name, of] of Object.entries(properties)) {
  Object.defineProperty(Tensor.prototype, name, {
    configurable: true,
    get(this: Tensor) {
      return of(this);
    },
  });
}
