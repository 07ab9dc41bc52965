// What can be set on this page, as plain data: the address, the worker and the code to copy all speak of this.

export const sets = ['moons', 'circles', 'spirals', 'blobs', 'xor', 'own'] as const;
export type SetName = (typeof sets)[number];

export const activations = ['relu', 'tanh', 'sigmoid', 'gelu', 'silu', 'none'] as const;
export type Activation = (typeof activations)[number];

export const optimizers = ['adam', 'adamw', 'rmsprop', 'sgd'] as const;
type OptimizerName = (typeof optimizers)[number];

/** A point that the visitor put there. */
export interface OwnPoint {
  readonly x: number;
  readonly y: number;
  /** The class, from 0 on. */
  readonly label: number;
}

export const limits = { layers: 5, units: 12, classes: 4, points: 300 } as const;

export interface PlaygroundConfig {
  readonly set: SetName;
  /** Of blobs and spirals; the other sets have as many as they have. */
  readonly classes: number;
  /** From 0 to 1; `deviation` says what that is for a set. */
  readonly noise: number;
  /** Points drawn. */
  readonly n: number;
  /** The share of them that is kept for testing. */
  readonly test: number;
  /** Units of each hidden layer. */
  readonly layers: readonly number[];
  readonly act: Activation;
  readonly opt: OptimizerName;
  readonly lr: number;
  /** Of SGD. */
  readonly momentum: number;
  readonly batch: number;
  /** Weight decay. */
  readonly decay: number;
  readonly seed: number;
  readonly points: readonly OwnPoint[];
}

/** A square of the plane: its middle, and how far it reaches from there. */
export interface Square {
  readonly x: number;
  readonly y: number;
  readonly reach: number;
}

/** What is shown of the plane for each set. */
export const squares: Readonly<Record<SetName, Square>> = {
  moons: { x: 0.5, y: 0.25, reach: 1.9 },
  circles: { x: 0, y: 0, reach: 1.6 },
  spirals: { x: 0, y: 0, reach: 1.3 },
  blobs: { x: 0, y: 0, reach: 2.4 },
  xor: { x: 0, y: 0, reach: 1.3 },
  own: { x: 0, y: 0, reach: 1.5 },
};

const spread: Readonly<Record<SetName, number>> = { moons: 0.3, circles: 0.3, spirals: 0.15, blobs: 0.6, xor: 0.3, own: 0 }; // prettier-ignore

/** The standard deviation of a set's points about where they would be. Blobs have some in any case. */
export function deviation({ set, noise }: Pick<PlaygroundConfig, 'set' | 'noise'>): number {
  return Number((spread[set] * noise + (set === 'blobs' ? 0.15 : 0)).toFixed(3));
}

export const hasClasses = (set: SetName): boolean => set === 'blobs' || set === 'spirals';

/** How many classes there are to tell apart. */
export function classCount({ set, classes, points }: Pick<PlaygroundConfig, 'set' | 'classes' | 'points'>): number {
  if (set === 'own') return Math.max(2, ...points.map(({ label }) => label + 1));
  return hasClasses(set) ? classes : 2;
}

/** The middles of blobs, around the origin. */
export function blobCenters(classes: number): readonly (readonly [number, number])[] {
  const round = (value: number): number => Number(value.toFixed(2)) + 0;
  return Array.from({ length: classes }, (_, k) => {
    const angle = 2 * Math.PI * (k / classes + 1 / 8);
    return [round(1.1 * Math.cos(angle)), round(1.1 * Math.sin(angle))];
  });
}

/** Whether there is something to learn: points of two classes. */
export const isLearnable = ({ set, points }: Pick<PlaygroundConfig, 'set' | 'points'>): boolean =>
  set !== 'own' || new Set(points.map(({ label }) => label)).size > 1;
