export { CenterCrop } from './center-crop.ts';
export { ColorJitter, type ColorJitterOptions, type Jitter } from './color-jitter.ts';
export { Compose } from './compose.ts';
export { ConvertImageDtype } from './convert-image-dtype.ts';
export { FiveCrop, TenCrop, type FiveCrops, type TenCropOptions } from './five-crop.ts';
export { GaussianBlur, type GaussianBlurOptions } from './gaussian-blur.ts';
export { Grayscale, type GrayscaleOptions } from './grayscale.ts';
export type { Interpolation } from './interpolation.ts';
export { Lambda } from './lambda.ts';
export { LinearTransformation } from './linear-transformation.ts';
export { Normalize } from './normalize.ts';
export { Pad, type PadOptions } from './pad.ts';
export type { Padding, PaddingMode } from './padding.ts';
export { RandomAffine, type RandomAffineOptions } from './random-affine.ts';
export { RandomApply, RandomChoice, RandomOrder } from './random-apply.ts';
export {
  RandomAdjustSharpness,
  RandomAutocontrast,
  RandomEqualize,
  RandomGrayscale,
  RandomInvert,
  RandomPosterize,
  RandomSolarize,
  type RandomColorOptions,
} from './random-colors.ts';
export { RandomCrop, type RandomCropOptions } from './random-crop.ts';
export { RandomErasing, type RandomErasingOptions } from './random-erasing.ts';
export { RandomHorizontalFlip, RandomVerticalFlip, type RandomFlipOptions } from './random-flip.ts';
export { RandomResizedCrop, type RandomResizedCropOptions } from './random-resized-crop.ts';
export { RandomRotation, type RandomRotationOptions } from './random-rotation.ts';
export { Resize, type ResizeOptions } from './resize.ts';
export type { Size } from './sizes.ts';
export { ToTensor } from './to-tensor.ts';
export type { Transform, TransformClass } from './transform.ts';
