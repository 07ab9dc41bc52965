export { DataLoader, type BatchesOptions, type DataLoaderOptions, type DataLoaderState } from './data-loader.ts';
export { ConcatDataset, Dataset } from './dataset.ts';
export {
  defaultCollate,
  type Collate,
  type Collated,
  type CollateOptions,
  type CollatePlace,
  type NumberDType,
} from './default-collate.ts';
export { defaultConvert, type Converted } from './default-convert.ts';
export { digits, Digits, type DigitsOptions } from './digits/digits.ts';
export { FormatError } from './format-error.ts';
export { ImageDataset, type ImageDatasetOptions } from './image-dataset.ts';
export { ChainDataset, IterableDataset } from './iterable-dataset.ts';
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
export { DistributedSampler, type DistributedSamplerOptions } from './samplers/distributed-sampler.ts';
export { RandomSampler, type RandomSamplerOptions } from './samplers/random-sampler.ts';
export { Sampler } from './samplers/sampler.ts';
export { SequentialSampler } from './samplers/sequential-sampler.ts';
export { SubsetRandomSampler } from './samplers/subset-random-sampler.ts';
export { WeightedRandomSampler, type WeightedRandomSamplerOptions } from './samplers/weighted-random-sampler.ts';
export { StackDataset, type DatasetPart, type DatasetParts, type StackedSample } from './stack-dataset.ts';
export { Subset } from './subset.ts';
export { makeBlobs, type MakeBlobsOptions } from './synthetic/make-blobs.ts';
export { makeCircles, type MakeCirclesOptions } from './synthetic/make-circles.ts';
export { makeMoons, type MakeMoonsOptions } from './synthetic/make-moons.ts';
export { makeSpirals, type MakeSpiralsOptions } from './synthetic/make-spirals.ts';
export * from './tabular/index.ts';
export { TensorDataset } from './tensor-dataset.ts';
export * as text from './text/index.ts';
export * as transforms from './transforms/index.ts';
export { serveDataset, type ServeDatasetOptions } from './workers/serve-dataset.ts';
export { WorkerError } from './workers/worker-error.ts';
export { getWorkerInfo, type WorkerInfo } from './workers/worker-info.ts';
export type { DataWorker, PageWorker, ThreadWorker } from './workers/worker-link.ts';
export type { WorkerOptions } from './workers/worker-options.ts';
