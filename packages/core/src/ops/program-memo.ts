// Programs already made, under what tells them apart. `program()` finds equal structures by serialising them; an
// operation that runs often finds its own by how its operands are walked.

import { strideClasses, type DType, type OperandType, type Program } from '../kernel/index.ts';

type Variant = string | number | boolean;

/**
 * Makes a program once per types of its operands and whatever else it depends on. There are as many as ways to walk
 * memory, whatever the sizes.
 */
export function programMemo<P extends Program, V extends readonly Variant[] = []>(
  make: (operands: readonly OperandType[], ...variant: V) => P,
): (operands: readonly OperandType[], ...variant: V) => P {
  const made = new Map<string, P>();
  return (operands, ...variant) => {
    let key = variant.join(' ');
    for (const { dtype, strides, guards } of operands) key += ` ${dtype}${strides}:${guards.join(':')}`;
    let found = made.get(key);
    if (!found) made.set(key, (found = make(operands, ...variant)));
    return found;
  };
}

/** The type of an operand without guards; `groups` counts the dims that belong together, all of them by default. */
export function operandType(dtype: DType, strides: readonly number[], groups = [strides.length]): OperandType {
  return { dtype, strides: strideClasses(strides, groups), guards: [] };
}
