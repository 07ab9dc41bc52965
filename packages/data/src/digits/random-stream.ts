// A counter put through an integer mixer (the finaliser of MurmurHash3): short, fast, and nothing but 32-bit
// integer arithmetic, so that every engine draws the same digits for ever.

/** Independent uniform 32-bit integers for image `index` of a split, whatever was drawn for its neighbours. */
export function randomStream(seed: number, index: number): () => number {
  let counter = mix(mix(seed) ^ index);
  return () => mix((counter = (counter + 0x9e3779b9) | 0));
}

function mix(x: number): number {
  let z = x ^ (x >>> 16);
  z = Math.imul(z, 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0;
}
