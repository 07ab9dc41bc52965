// What of this page stands in the address, and the text that it comes to.

import { computed } from '@preact/signals';
import { language } from '../../state/language.ts';
import { choice, number, settings } from '../../state/url.ts';
import { examples } from './examples.ts';
import { kept, linkedText, takeText, type Fault } from './own-text.ts';

export const sizes = {
  width: ['32', '64', '96', '128'],
  layers: ['1', '2', '3', '4'],
  heads: ['1', '2', '4', '8'],
  batch: ['8', '16', '32', '64'],
} as const;

const prompt = { fallback: '', read: (text: string) => text.slice(0, 100), write: (text: string) => text };

/** `site` is the example in the language of the site. */
export const { values, set } = settings({
  source: choice('site', ['site', 'en', 'zh', 'own']),
  own: linkedText,
  context: number(48, { min: 16, max: 96, whole: true }),
  width: choice('64', sizes.width),
  layers: choice('2', sizes.layers),
  heads: choice('4', sizes.heads),
  batch: choice('16', sizes.batch),
  lr: number(0.003, { min: 1e-6, max: 1e6 }),
  seed: number(1, { min: 0, max: 9999, whole: true }),
  prompt,
  temperature: number(0.7, { min: 0, max: 1.5 }),
  unit: choice('nats', ['nats', 'bits']),
  layer: number(1, { min: 1, max: 4, whole: true }),
  head: number(1, { min: 1, max: 8, whole: true }),
  row: number(13, { min: 1, max: 96, whole: true }),
});

export interface Chosen {
  readonly source: 'en' | 'zh' | 'own';
  readonly text: string;
  /** Why the text of the link was not taken, and an example was. */
  readonly problem?: Fault | 'absent';
}

/** The text to train on: where the link's cannot be had, an example. */
export const chosenText = computed((): Chosen => {
  const { source, own } = values.value;
  const shown = source === 'en' || source === 'zh' ? source : language.value;
  const example = { source: shown, text: examples[shown] };
  if (source !== 'own') return example;
  const given = own || kept.value;
  if (given === '') return { ...example, problem: 'absent' };
  const taken = takeText(given);
  return typeof taken === 'string' ? { ...example, problem: taken } : { source, text: taken.text };
});
