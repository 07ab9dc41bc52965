import { Generator } from './generator.ts';

let generator: Generator | undefined;

/** The generator of every draw that is not given one. Like PyTorch's it starts from a random seed; call `manualSeed` to repeat a run. */
export function defaultGenerator(): Generator {
  if (!generator) {
    generator = new Generator();
    generator.seed();
  }
  return generator;
}

/** Seeds the default generator and returns it. https://pytorch.org/docs/1.13/generated/torch.manual_seed.html */
export function manualSeed(seed: number | bigint): Generator {
  return defaultGenerator().manualSeed(seed);
}

/** Seeds the default generator at random and returns the seed. https://pytorch.org/docs/1.13/generated/torch.seed.html */
export function seed(): bigint {
  return defaultGenerator().seed();
}

/** The seed that the default generator started from. https://pytorch.org/docs/1.13/generated/torch.initial_seed.html */
export function initialSeed(): bigint {
  return defaultGenerator().initialSeed();
}

/** The default generator's state, as PyTorch's 5056 bytes. https://pytorch.org/docs/1.13/generated/torch.get_rng_state.html */
export function getRngState(): Uint8Array {
  return defaultGenerator().getState();
}

/** Puts the default generator into a state. https://pytorch.org/docs/1.13/generated/torch.set_rng_state.html */
export function setRngState(state: Uint8Array): void {
  defaultGenerator().setState(state);
}
