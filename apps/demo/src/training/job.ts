// What a page trains, as its worker makes it: a trainer, and what of it is shown.

import type { train } from 'rushlight';

/** Tensors by their names. */
export type Weights = ReturnType<typeof train.loadWeights>;

/** What a worker is asked for besides training: a picture now, an answer to a question. Plain data. */
export interface Job<View = unknown> {
  readonly trainer: train.Trainer;
  /** What the page draws now; called between two steps, a few times a second. Buffers in `transfer` are handed over. */
  view(): Promise<{ readonly view: View; readonly transfer?: Transferable[] }>;
  /** Answers a question of the page: what a drawing is, how a text goes on. Called between two steps. */
  ask?(question: unknown): Promise<unknown>;
  /** Changes what can change without beginning again, a learning rate; what it does not know it leaves. */
  adjust?(settings: unknown): void;
  /** Told when the weights are others than training made them, from a file or an earlier step: what was found out about them is forgotten. */
  forget?(): void;
  /** Why weights of the right names and shapes are not of this model all the same; undefined where they are. */
  refuse?(weights: Weights): Promise<string | undefined>;
}

/** Makes a job from its settings and nothing else: the same settings, seed among them, give the same run. */
type MakeJob<Config> = (config: Config) => Job | Promise<Job>;

/** A module of `pages/<name>/job.ts`. */
export interface JobModule {
  readonly makeJob: MakeJob<never>;
}

/** How the worker finds them, each when it is wanted. */
export const jobs = {
  digits: () => import('../pages/digits/job.ts'),
  language: () => import('../pages/language/job.ts'),
  playground: () => import('../pages/playground/job.ts'),
} as const satisfies Readonly<Record<string, () => Promise<JobModule>>>;

export type JobName = keyof typeof jobs;
