// What losses ask of the dtypes of their operands.

import {
  AutogradError, computeIn, DTypeError, isFloat, isGradEnabled, resultType, type DType, type Tensor,
} from '@rushlight/core'; // prettier-ignore

/** Refuses an operand that is not a float. */
export function checkFloat(op: string, name: string, { dtype }: Tensor): void {
  if (isFloat(dtype)) return;
  throw new DTypeError(op, `the ${name} is ${dtype}. It must be a float: convert with \`.to('float32')\`.`);
}

/** The float that a loss of operands of any dtype is computed in: float32 where none of them is one. */
export function floatType(op: string, ...operands: readonly Tensor[]): DType {
  const dtype = computeIn(op, resultType(...operands));
  return isFloat(dtype) ? dtype : 'float32';
}

/** Refuses an operand that a gradient is wanted of and that has none. */
export function refuseGrad(op: string, name: string, x: Tensor | null | undefined): void {
  if (x?.requiresGrad && isGradEnabled())
    throw new AutogradError(op, `the ${name} requires grad, but has no gradient here. Pass \`${name}.detach()\`.`);
}
