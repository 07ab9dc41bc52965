import { ValueError } from '@rushlight/core';

/** A CharTokenizer as plain JSON. */
export interface CharVocabulary {
  /** The characters, each at the place of its number. */
  readonly characters: readonly string[];
  /** What characters that are not among them become; undefined where they are an error. */
  readonly unknown?: string;
}

/** Options of `CharTokenizer.fit`. */
export interface FitCharactersOptions {
  /** What characters that the text did not have become, itself one more character: '\uFFFD' for example. Default: they are an error. */
  readonly unknown?: string;
}

/**
 * A number for each character (each code point, not each half of a surrogate pair). What it encodes it decodes to the same text.
 *
 * @example
 * const tokenizer = CharTokenizer.fit('to be or not to be');
 * tokenizer.decode(tokenizer.encode('robot')); // 'robot'
 */
export class CharTokenizer {
  /** The characters, each at the place of its number. */
  readonly characters: readonly string[];
  /** What characters that are not among them become; undefined where they are an error. */
  readonly unknown: string | undefined;
  readonly #numbers: ReadonlyMap<string, number>;

  /** Throws a ValueError for what is not one character each, or comes twice. */
  constructor({ characters, unknown }: CharVocabulary) {
    this.characters = [...characters];
    this.unknown = unknown;
    const odd = characters.find((character) => [...character].length !== 1);
    if (odd !== undefined) {
      throw new ValueError('CharTokenizer', `${JSON.stringify(odd)} is not one character. Pass a list of characters.`);
    }
    this.#numbers = new Map(characters.map((character, number) => [character, number]));
    if (this.#numbers.size !== characters.length) {
      throw new ValueError('CharTokenizer', `${characters.length} characters are ${this.#numbers.size} different ones. Pass each once.`); // prettier-ignore
    }
    if (unknown !== undefined && !this.#numbers.has(unknown)) {
      throw new ValueError('CharTokenizer', `unknown is ${JSON.stringify(unknown)}, which is none of the characters.`);
    }
  }

  /** A tokenizer of all characters of a text, or of several, in the order of their code points. */
  static fit(text: string | Iterable<string>, { unknown }: FitCharactersOptions = {}): CharTokenizer {
    const found = new Set<string>(unknown === undefined ? [] : [unknown]);
    for (const part of typeof text === 'string' ? [text] : text) for (const character of part) found.add(character);
    const characters = [...found].toSorted((a, b) => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0));
    return new CharTokenizer({ characters, ...(unknown !== undefined && { unknown }) });
  }

  /** How many numbers there are: 0 to vocabSize − 1. */
  get vocabSize(): number {
    return this.characters.length;
  }

  /** The number of each character. Throws a ValueError naming the first that it does not know, unless there is an `unknown`. */
  encode(text: string): Int32Array {
    const other = this.unknown === undefined ? undefined : this.#numbers.get(this.unknown);
    const numbers: number[] = [];
    for (const character of text) {
      const number = this.#numbers.get(character) ?? other;
      if (number === undefined) {
        const shown = JSON.stringify(character);
        throw new ValueError('CharTokenizer', `${shown} at ${numbers.length} is none of its ${this.vocabSize} characters. Fit it to such a text, or with an unknown.`); // prettier-ignore
      }
      numbers.push(number);
    }
    return Int32Array.from(numbers);
  }

  /** The text of numbers. Throws a ValueError for one that is of no character. */
  decode(numbers: Iterable<number>): string {
    let text = '';
    for (const number of numbers) {
      const character = this.characters[number];
      if (character === undefined) {
        throw new ValueError(
          'CharTokenizer',
          `${number} is no number of a character. Pass 0 to ${this.vocabSize - 1}.`,
        );
      }
      text += character;
    }
    return text;
  }

  /** What `new CharTokenizer` takes: JSON.stringify calls this. */
  toJSON(): CharVocabulary {
    return { characters: this.characters, ...(this.unknown !== undefined && { unknown: this.unknown }) };
  }
}
