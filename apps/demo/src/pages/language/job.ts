// Trains a character transformer on a text, and shows what it writes and where it looks.

import { data, Generator, manualSeed, nn, noGrad, optim, stack, tensor, train } from 'rushlight';
import type { Job } from '../../training/job.ts';
import { CharTransformer, write } from './model.ts';
import { read, type Facts } from './reading.ts';

/** What may change while it trains. */
export interface LanguageSettings {
  readonly lr: number;
  readonly prompt: string;
  readonly temperature: number;
}

export interface LanguageConfig extends LanguageSettings {
  readonly text: string;
  readonly context: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly batchSize: number;
  readonly seed: number;
}

export interface Sample {
  /** Different for each sample of a run. */
  readonly number: number;
  readonly step: number;
  readonly prompt: string;
  readonly text: string;
  readonly temperature: number;
  /** Characters of the prompt that the text has not, and that were left out. */
  readonly missing: string;
  /** Whether somebody asked for it, or it was simply time. */
  readonly isAsked: boolean;
}

export interface Attention {
  readonly step: number;
  /** The characters along both sides. */
  readonly characters: readonly string[];
  readonly layers: number;
  readonly heads: number;
  /** [layers, heads, L, L]: how much each character, by row, looks at each. */
  readonly weights: Float32Array;
}

export interface LanguageView {
  readonly facts: Facts;
  readonly sample: Sample;
  readonly attention: Attention;
}

/** What `ask` takes; it answers with a Sample. */
export type Question = Pick<LanguageSettings, 'prompt' | 'temperature'>;

/** Characters of a sample, and of a map of attention. */
export const sampleLength = 150;
export const mapLength = 28;
/** Milliseconds between two samples at least; writing takes a tenth of the time at most. */
const betweenSamples = 3000;
/** Milliseconds that a sample may take, looked at after so many characters. */
const mostWriting = 2000;
const piece = 10;
/** Milliseconds between two looks at attention at least. */
const betweenLooks = 300;

export function makeJob(config: LanguageConfig): Job<LanguageView> {
  const { text, context, width, layers, heads, batchSize, seed, lr, prompt, temperature } = config;
  manualSeed(seed);
  const { tokenizer, tokens, facts } = read(text);
  const characters = tokenizer.vocabSize;
  const model = new CharTransformer({ characters, context, width, layers, heads });
  // Which character each number is: without them the weights say nothing.
  const alphabet = Int32Array.from(tokenizer.characters, (character) => character.codePointAt(0) ?? 0);
  model.registerBuffer('alphabet', tensor(alphabet));
  const dataset = new data.text.SequenceDataset(tokens, context, { stride: 8, randomOffset: true });
  const optimizer = new optim.AdamW(model.parameters(), { lr });
  const trainer = new train.Trainer({
    model,
    criterion: (output, target) => nn.functional.crossEntropy(output.reshape([-1, characters]), target.reshape([-1])),
    optimizer,
    trainLoader: new data.DataLoader(dataset, { batchSize, shuffle: true }),
    clipGradNorm: 1,
  });

  let asking: Question = { prompt, temperature };
  let last: Sample | undefined;
  let count = 0;
  let dueAt = 0;

  const sample = async ({ prompt, temperature }: Question, isAsked: boolean): Promise<Sample> => {
    const known = [...prompt].filter((character) => tokenizer.unknown ?? tokenizer.characters.includes(character));
    const missing = [...prompt].filter((character) => !known.includes(character)).join('');
    // Without a prompt it begins as the text does.
    const begin = known.length > 0 ? tokenizer.encode(known.join('')) : tokens.slice(0, 1);
    const { step } = trainer.position;
    const number = count++;
    // Numbers of its own: what is written changes nothing of what is learnt.
    const generator = new Generator().manualSeed(isAsked ? seed + 1000 + number : seed);
    const written = await writeInTime(begin, { temperature, generator });
    return { number, step, prompt: tokenizer.decode(begin), text: tokenizer.decode(written), temperature, missing, isAsked }; // prettier-ignore
  };

  /** A device that is slow at single characters writes fewer. */
  const writeInTime = async (
    begin: Int32Array,
    how: { temperature: number; generator: Generator },
  ): Promise<number[]> => {
    const written: number[] = [];
    const until = performance.now() + mostWriting;
    while (written.length < sampleLength && performance.now() < until) {
      const more = await write(model, [...begin, ...written], { ...how, length: Math.min(piece, sampleLength - written.length) }); // prettier-ignore
      if (more.length === 0) break; // weights that are no numbers
      written.push(...more);
    }
    return written;
  };

  const newest = async (): Promise<Sample> => {
    const began = performance.now();
    if (last && (began < dueAt || last.step === trainer.position.step)) return last;
    last = await sample(asking, false);
    const now = performance.now();
    dueAt = now + Math.max(betweenSamples, 10 * (now - began));
    return last;
  };

  let looked: { readonly sample: Sample; readonly step: number; readonly at: number; readonly took: number; readonly attention: Attention } | undefined; // prettier-ignore

  /** Where the model looks as it reads the sample; anew when that takes a tenth of the time at most. */
  const attentionOf = async (shown: Sample): Promise<Attention> => {
    const { step } = trainer.position;
    const at = performance.now();
    const isNew =
      looked?.sample !== shown || (looked.step !== step && at > looked.at + Math.max(betweenLooks, 10 * looked.took));
    if (looked && !isNew) return looked.attention;
    const line = tokenizer.encode(shown.prompt + shown.text).slice(0, Math.min(mapLength, context));
    const input = tensor(line, { shape: [1, line.length] });
    const weights = await noGrad(() => stack(model.look(input)[1])).data();
    const attention = { step, characters: [...tokenizer.decode(line)], layers, heads, weights: Float32Array.from(weights as Float32Array) }; // prettier-ignore
    looked = { sample: shown, step, at, took: performance.now() - at, attention };
    return attention;
  };

  return {
    trainer,
    async view() {
      const shown = await newest();
      const attention = await attentionOf(shown);
      const weights = attention.weights.slice();
      return { view: { facts, sample: shown, attention: { ...attention, weights } }, transfer: [weights.buffer] };
    },
    async ask(question) {
      return sample(question as Question, true);
    },
    adjust(settings) {
      const next = settings as LanguageSettings;
      for (const group of optimizer.paramGroups) group.lr = next.lr;
      asking = next;
    },
    async refuse({ alphabet: theirs }) {
      if (!theirs || String(await theirs.data()) === String(alphabet)) return undefined;
      return 'It was trained on a text with other characters than this one has.';
    },
    forget() {
      [last, looked, dueAt] = [undefined, undefined, 0];
    },
  };
}
