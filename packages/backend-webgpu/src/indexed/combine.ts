// How two values of a reduction become one, as scatter and scan mean it.

import { isFloat, type DType } from '@rushlight/core/kernel';
import { applyBinary } from '../wgsl/operations.ts';
import type { Shader } from '../wgsl/shader.ts';

export type Combination = 'sum' | 'prod' | 'max' | 'min';

/** What values of `dtype` are combined in: halves are rounded when they are stored. */
export const accumulated = (dtype: DType): DType => (dtype === 'float16' ? 'float32' : dtype);

/** Whether `value` takes the place of `total` in a maximum or minimum: NaN does so of numbers; of equals it does if `orEqual`. */
export function wins<S>(
  shader: Shader<S>,
  reduce: 'max' | 'min',
  dtype: DType,
  total: string,
  value: string,
  orEqual: boolean,
): string {
  if (dtype === 'bool') {
    const [high, low] = reduce === 'max' ? [value, total] : [total, value];
    return orEqual ? `(${high} || !${low})` : `(${high} && !${low})`;
  }
  const sign = (reduce === 'max' ? '>' : '<') + (orEqual ? '=' : '');
  if (!isFloat(dtype)) return `(${value} ${sign} ${total})`;
  const name = shader.use('isNan');
  return `(${name}(${value}) || (!${name}(${total}) && ${value} ${sign} ${total}))`;
}

/** A term for `value`, of `dtype` as `total` is, combined into `total`. Of two NaNs one is as good as the other. */
export function combine<S>(shader: Shader<S>, reduce: Combination, dtype: DType, total: string, value: string): string {
  if (reduce === 'max' || reduce === 'min')
    return `select(${total}, ${value}, ${wins(shader, reduce, dtype, total, value, false)})`;
  return applyBinary(shader, reduce === 'sum' ? 'add' : 'mul', dtype, total, value);
}

/** What changes no value that it is combined with, of an accumulated dtype. */
export function identity<S>(shader: Shader<S>, reduce: Combination, dtype: DType): string {
  const additive = reduce === 'sum' || reduce === 'prod';
  switch (dtype) {
    case 'bool':
      return reduce === 'sum' || reduce === 'max' ? 'false' : 'true';
    case 'uint8':
      return additive ? `${reduce === 'sum' ? 0 : 1}u` : `${reduce === 'max' ? 0 : 255}u`;
    case 'int32':
      if (additive) return `${reduce === 'sum' ? 0 : 1}i`;
      return reduce === 'max' ? 'i32(-2147483647 - 1)' : '2147483647i';
    default:
      return shader.float(additive ? Number(reduce === 'prod') : reduce === 'max' ? -Infinity : Infinity);
  }
}
