import { DTypeError, isDType, isFloat, type DType, type Tensor } from '@rushlight/core';
import { greatest } from './adjust.ts';
import { TensorTransform } from './tensor-transform.ts';

/**
 * An image in another dtype, its values scaled: floats are in 0…1, integers in 0…their greatest. Floats become integers by
 * ⌊x · (greatest + 1 − 0.001)⌋. Throws a DTypeError for float32 or float64 to int32, which floats do not hold exactly, and for bool.
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.ConvertImageDtype.html
 */
export class ConvertImageDtype extends TensorTransform {
  /** What it converts to. */
  readonly dtype: DType;
  protected override readonly dims = 0;

  constructor(dtype: DType) {
    super();
    if (!isDType(dtype))
      throw new DTypeError('ConvertImageDtype', `there is no dtype "${String(dtype)}". Use uint8 or a float.`);
    checkDType(dtype);
    this.dtype = dtype;
  }

  protected override ofTensor(x: Tensor): Tensor {
    const { dtype } = this;
    checkDType(x.dtype);
    if (x.dtype === dtype) return x;
    const [from, to] = [greatest(x.dtype), greatest(dtype)];
    if (isFloat(x.dtype)) {
      if (isFloat(dtype)) return x.to(dtype);
      if (dtype === 'int32') {
        throw new DTypeError('ConvertImageDtype', `${x.dtype} cannot become int32 without errors. Convert to uint8.`);
      }
      return x.mul(to + 1 - 1e-3).to(dtype);
    }
    if (isFloat(dtype)) {
      // In float32 first: float16 does not hold the greatest integers.
      return x
        .to(dtype === 'float64' ? dtype : 'float32')
        .div(from)
        .to(dtype);
    }
    const factor = (Math.max(from, to) + 1) / (Math.min(from, to) + 1);
    return from > to ? x.div(factor, { roundingMode: 'floor' }).to(dtype) : x.to(dtype).mul(factor);
  }
}

function checkDType(dtype: DType): void {
  if (dtype === 'bool') throw new DTypeError('ConvertImageDtype', 'bool has no range of values. Use uint8 or a float.');
}
