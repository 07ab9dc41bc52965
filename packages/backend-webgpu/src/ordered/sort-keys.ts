// Keys of values: their order as u32 is that of the values. −0 has the key of 0, every NaN the largest.

import type { DType } from '@rushlight/core/kernel';
import type { Shader } from '../wgsl/shader.ts';

/** How many bits the keys of a dtype have. */
export function keyBits(dtype: DType): number {
  switch (dtype) {
    case 'uint8':
      return 8;
    case 'bool':
      return 1;
    case 'float16':
      return 32 - unused;
    default:
      return 32;
  }
}

/** The lowest bits of a half's key are 0: it is made of the half as an f32. */
const unused = 13;

/** Makes the key of a value of `dtype`, by which larger values come first if `descending`. Returns the name of the function. */
export function keyFunction<S>(shader: Shader<S>, dtype: DType, descending: boolean): string {
  const bits = keyBits(dtype);
  const flipped = descending ? ` ^ ${bits === 32 ? '0xffffffff' : 2 ** bits - 1}u` : '';
  const key = dtype === 'int32' ? 'int' : dtype === 'uint8' ? 'word' : dtype === 'bool' ? 'bool' : 'float';
  switch (key) {
    case 'float':
      shader.declare(
        [
          'fn keyOf(x: f32) -> u32 {',
          'let bits = bitcast<u32>(x);',
          'let size = bits & 0x7fffffffu;',
          'let ordered = select(~bits, bits | 0x80000000u, bits < 0x80000000u);',
          'let key = select(select(ordered, 0x80000000u, size == 0u), 0xffffffffu, size > 0x7f800000u);',
          `return (key${dtype === 'float16' ? ` >> ${unused}u` : ''})${flipped};`,
          '}',
        ].join('\n'),
      );
      break;
    case 'int':
      shader.declare(`fn keyOf(x: i32) -> u32 { return (bitcast<u32>(x) ^ 0x80000000u)${flipped}; }`);
      break;
    case 'word':
      shader.declare(`fn keyOf(x: u32) -> u32 { return x${flipped}; }`);
      break;
    case 'bool':
      shader.declare(`fn keyOf(x: bool) -> u32 { return select(0u, 1u, x)${flipped}; }`);
  }
  return 'keyOf';
}
