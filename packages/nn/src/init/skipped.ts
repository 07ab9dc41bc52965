// Making layers whose values are about to be overwritten: nothing is drawn for them.

let depth = 0;

/** @internal Whether initialisers leave their tensors as they are. */
export const isInitSkipped = (): boolean => depth > 0;

/** @internal Runs `make`, in which initialisers neither draw nor write. */
export function withoutInit<T>(make: () => T): T {
  depth++;
  try {
    return make();
  } finally {
    depth--;
  }
}
