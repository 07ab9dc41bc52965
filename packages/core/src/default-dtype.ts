import { DTypeError } from './errors.ts';
import { isDType, isFloat, type DType } from './kernel/index.ts';

let current: DType = 'float32';

/** The dtype of numbers that are no whole ones, and of all that makes floats without being told which. torch.get_default_dtype */
export function getDefaultDtype(): DType {
  return current;
}

/**
 * From now on numbers become this float dtype, and integers that have to become floats. float32 before the first call. Throws
 * DTypeError for integers and bool. torch.set_default_dtype
 */
export function setDefaultDtype(dtype: DType): void {
  if (!isDType(dtype) || !isFloat(dtype)) {
    throw new DTypeError('setDefaultDtype', `${String(dtype)} is no float dtype. Use float32, float64 or float16.`);
  }
  current = dtype;
}
