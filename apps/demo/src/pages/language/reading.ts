// A text as the model takes it: its characters as numbers, and how well one could guess them without a model.

import { data } from 'rushlight';

/** The most characters that are told apart; of a text with more, the rarest become one. */
export const mostCharacters = 1000;
const rare = '\uFFFD';

export interface Facts {
  /** Characters in the text. */
  readonly length: number;
  /** Different ones among them that the model tells apart. */
  readonly characters: number;
  /** Different ones that are too rare to be told apart. */
  readonly rare: number;
  /** −Σ p ln p over the frequencies of characters, in nats: the loss of who knows these and nothing else. */
  readonly entropy: number;
}

export interface Reading {
  readonly tokenizer: data.text.CharTokenizer;
  readonly tokens: Int32Array;
  readonly facts: Facts;
}

export function read(text: string): Reading {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  const isLarge = counts.size > mostCharacters;
  const kept = [...counts].toSorted(([, a], [, b]) => b - a).slice(0, isLarge ? mostCharacters - 1 : mostCharacters);
  const characters = new Set([...kept.map(([character]) => character), ...(isLarge ? [rare] : [])]);
  const tokenizer = data.text.CharTokenizer.fit([...characters].join(''), isLarge ? { unknown: rare } : {});
  const tokens = tokenizer.encode(text);
  const { length } = tokens;
  const facts = {
    length,
    characters: tokenizer.vocabSize,
    rare: counts.size - kept.length,
    entropy: entropyOf(tokens),
  };
  return { tokenizer, tokens, facts };
}

function entropyOf(tokens: Int32Array): number {
  const counts = new Map<number, number>();
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  let sum = 0;
  for (const count of counts.values()) sum -= (count / tokens.length) * Math.log(count / tokens.length);
  return sum;
}
