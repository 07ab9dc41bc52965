export { DataLoader, type BatchesOptions, type DataLoaderOptions, type DataLoaderState } from './data-loader.ts';
export { Dataset } from './dataset.ts';
export {
  defaultCollate,
  type Collate,
  type Collated,
  type CollateOptions,
  type CollatePlace,
  type NumberDType,
} from './default-collate.ts';
export { digits, Digits, type DigitsOptions } from './digits/digits.ts';
export { FormatError } from './format-error.ts';
export { ImageDataset, type ImageDatasetOptions } from './image-dataset.ts';
export { IterableDataset } from './iterable-dataset.ts';
export {
  decodeImage,
  resizePixels,
  toDigit,
  toGray,
  toRGB,
  type DecodeImageOptions,
  type ToGrayOptions,
} from './images/index.ts';
export type { LabeledImages } from './labeled-images.ts';
export type { PixelImage } from './pixel-image.ts';
export { randomSplit, type RandomSplitOptions } from './random-split.ts';
export { readIdx, type IdxArray, type ReadIdxOptions } from './read-idx.ts';
export { SampleError } from './sample-error.ts';
export { BatchSampler } from './samplers/batch-sampler.ts';
export { RandomSampler, type RandomSamplerOptions } from './samplers/random-sampler.ts';
export { Sampler } from './samplers/sampler.ts';
export { SequentialSampler } from './samplers/sequential-sampler.ts';
export { SubsetRandomSampler } from './samplers/subset-random-sampler.ts';
export { Subset } from './subset.ts';
export { makeBlobs, type MakeBlobsOptions } from './synthetic/make-blobs.ts';
export { makeCircles, type MakeCirclesOptions } from './synthetic/make-circles.ts';
export { makeMoons, type MakeMoonsOptions } from './synthetic/make-moons.ts';
export { makeSpirals, type MakeSpiralsOptions } from './synthetic/make-spirals.ts';
export * from './tabular/index.ts';
export { TensorDataset } from './tensor-dataset.ts';
export * as transforms from './transforms/index.ts';
