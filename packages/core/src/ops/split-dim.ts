/** Sorts out `(dim, options)`, where the dim may be left out. */
export function splitDim<D, O extends object>(
  dim: D | O | undefined,
  options: O | undefined,
): [D | undefined, O | undefined] {
  return typeof dim === 'object' && dim !== null && !Array.isArray(dim)
    ? [undefined, dim as O]
    : [dim as D | undefined, options];
}
