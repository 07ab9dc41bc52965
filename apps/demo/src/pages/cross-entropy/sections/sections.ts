// The parts of the article, in their order.

import type { ComponentType } from 'preact';
import type { Texts } from '../../../state/language.ts';
import { BatchSection, texts as batch } from './batch.tsx';
import { BinarySection, texts as binary } from './binary.tsx';
import { ConvexSection, texts as convex } from './convex.tsx';
import { EntropySection, texts as entropy } from './entropy.tsx';
import { GradientSection, texts as gradient } from './gradient.tsx';
import { GuessSection, texts as guess } from './guess.tsx';
import { ScoresSection, texts as scores } from './scores.tsx';
import { SmoothingSection, texts as smoothing } from './smoothing.tsx';
import { StableSection, texts as stable } from './stable.tsx';
import { SurpriseSection, texts as surprise } from './surprise.tsx';
import { TemperatureSection, texts as temperature } from './temperature.tsx';
import { WorkedSection, texts as worked } from './worked.tsx';

export interface SectionEntry {
  /** In the address. */
  readonly name: string;
  readonly texts: Texts<{ readonly title: string }>;
  readonly Show: ComponentType;
}

export const sections: readonly SectionEntry[] = [
  { name: 'scores', texts: scores, Show: ScoresSection },
  { name: 'worked', texts: worked, Show: WorkedSection },
  { name: 'surprise', texts: surprise, Show: SurpriseSection },
  { name: 'gradient', texts: gradient, Show: GradientSection },
  { name: 'entropy', texts: entropy, Show: EntropySection },
  { name: 'smoothing', texts: smoothing, Show: SmoothingSection },
  { name: 'temperature', texts: temperature, Show: TemperatureSection },
  { name: 'batch', texts: batch, Show: BatchSection },
  { name: 'convex', texts: convex, Show: ConvexSection },
  { name: 'stable', texts: stable, Show: StableSection },
  { name: 'binary', texts: binary, Show: BinarySection },
  { name: 'guess', texts: guess, Show: GuessSection },
];
