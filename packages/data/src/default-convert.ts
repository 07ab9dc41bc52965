import { tensor, type Tensor, type TypedArray } from '@rushlight/core';
import { kindOf } from './default-collate.ts';

/** What a sample becomes that is not put into a batch: typed arrays become tensors, wherever they are in it. */
export type Converted<Sample> = Sample extends Tensor
  ? Sample
  : Sample extends TypedArray
    ? Tensor
    : Sample extends object
      ? { -readonly [Key in keyof Sample]: Converted<Sample[Key]> }
      : Sample;

/**
 * Makes tensors of the typed arrays of a sample: arrays and plain objects are gone through, all else stays as it is. What
 * `defaultCollate` is to batches, this is to single samples.
 * https://pytorch.org/docs/1.13/data.html#torch.utils.data.default_convert
 *
 * @example
 * defaultConvert({ x: new Float32Array(3), label: 2 }); // { x: float32 [3], label: 2 }
 */
export function defaultConvert<Sample>(sample: Sample): Converted<Sample> {
  return convert(sample) as Converted<Sample>;
}

function convert(value: unknown): unknown {
  switch (kindOf(value)) {
    case 'a typed array':
      return tensor(value as TypedArray);
    case 'an array':
      return (value as unknown[]).map(convert);
    case 'an object':
      return Object.fromEntries(Object.entries(value as object).map(([key, part]) => [key, convert(part)]));
    default:
      return value;
  }
}
