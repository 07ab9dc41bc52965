// What every test gets: the backend under test, the definition beside it, and how close they must be.

import type { Device, DType } from '@rushlight/core';
import type { Backend } from '@rushlight/core/kernel';
import type { Tolerances } from './tolerance.ts';

export interface Harness {
  /** The backend under test. */
  readonly device: Device;
  /** `checked(reference())`: what is right by decree, watching that core launches what it may. */
  readonly reference: Device;
  readonly tolerances: Tolerances;
  /** Of random launches one in so many is run. */
  readonly oneIn: number;
  /** Another backend of the same making. */
  create(): Promise<Backend>;
}

/** A test: its name is what `skip` says. */
export interface Entry {
  readonly name: string;
  /** Whether it is one of those that a variant of a tested backend can do without. */
  readonly isExtra?: boolean;
  /** Throws where it fails. Returns why, where the backend cannot be tested so. */
  run(harness: Harness): Promise<string | void> | string | void;
}

/** The dtypes that the backend under test declares. */
export function dtypesOf({ device }: Harness): readonly DType[] {
  return device.backend.limits.dtypes;
}
