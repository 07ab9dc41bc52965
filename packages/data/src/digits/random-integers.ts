// A counter put through an integer mixer (the finaliser of MurmurHash3): nothing but 32-bit integer arithmetic, so that
// every engine draws the same digits, for ever.

/** An endless supply of uniform integers in [0, 2^32), the same for the same seed. */
export function randomIntegers(seed: number): () => number {
  let counter = mix(seed);
  return () => {
    counter = (counter + 0x9e3779b9) | 0;
    return mix(counter);
  };
}

function mix(x: number): number {
  const once = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return (twice ^ (twice >>> 16)) >>> 0;
}
