// Of integers: division by zero is 0, and what WGSL has no operation for.

export const integerFunctions = {
  divideInt: 'fn divideInt(x: i32, y: i32) -> i32 { return select(x / select(y, 1, y == 0), 0, y == 0); }',
  modInt: 'fn modInt(x: i32, y: i32) -> i32 { return select(x % select(y, 1, y == 0), 0, y == 0); }',
  divideUint: 'fn divideUint(x: u32, y: u32) -> u32 { return select(x / select(y, 1u, y == 0u), 0u, y == 0u); }',
  modUint: 'fn modUint(x: u32, y: u32) -> u32 { return select(x % select(y, 1u, y == 0u), 0u, y == 0u); }',
  /** A negative power of anything but 1 and −1 truncates to 0. */
  powInt: `fn powInt(x: i32, y: i32) -> i32 {
  let odd = (y & 1) == 1;
  if (y < 0) { return select(select(0, select(1, -1, odd), x == -1), 1, x == 1); }
  return bitcast<i32>(powUint(bitcast<u32>(x), u32(y)));
}`,
  powUint: `fn powUint(x: u32, y: u32) -> u32 {
  var result = 1u;
  var base = x;
  var left = y;
  while (left > 0u) {
    result = select(result, result * base, (left & 1u) == 1u);
    base = base * base;
    left = left >> 1u;
  }
  return result;
}`,
  /** The upper half of the product, from the products of halves. */
  multiplyHigh: `fn multiplyHigh(x: u32, y: u32) -> u32 {
  let cross = (x >> 16u) * (y & 0xffffu) + (((x & 0xffffu) * (y & 0xffffu)) >> 16u);
  let carry = (x & 0xffffu) * (y >> 16u) + (cross & 0xffffu);
  return (x >> 16u) * (y >> 16u) + (cross >> 16u) + (carry >> 16u);
}`,
} as const;
