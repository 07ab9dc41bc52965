import { ValueError } from '@rushlight/core';
import { checkCount } from '../check-options.ts';
import { byteOrder, bytesOf, characterOf } from './byte-alphabet.ts';
import { applyMerges, findMerges, pairKey, type Merge } from './merge-pairs.ts';

/** A byte-level vocabulary as GPT-2's files `vocab.json` and `merges.txt` hold it. */
export interface BPEVocabulary {
  /** The number of each token, written in GPT-2's characters for bytes. */
  readonly vocab: Readonly<Record<string, number>>;
  /** Which two tokens become one, the first merge first: 'Ġ t', or ['Ġ', 't']. */
  readonly merges: readonly (string | readonly [string, string])[];
  /** Tokens that are found in a text as they are, and never cut or merged; those without a number in `vocab` get the next ones. */
  readonly specialTokens?: readonly string[];
}

/** All that Hugging Face's library wants to know of a special token. */
interface AddedTokenJSON {
  readonly id: number;
  readonly content: string;
  readonly single_word: false;
  readonly lstrip: false;
  readonly rstrip: false;
  readonly normalized: false;
  readonly special: true;
}

/** All that it wants to know of bytes as characters; only a post-processor would trim. */
interface ByteLevelJSON {
  readonly type: 'ByteLevel';
  readonly add_prefix_space: false;
  readonly trim_offsets: true;
  readonly use_regex: true;
}

const byteLevel: ByteLevelJSON = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };

/** The part of a Hugging Face `tokenizer.json` that says how a byte-level BPE tokenizer works. */
export interface TokenizerJSON {
  readonly version: string;
  readonly added_tokens: readonly AddedTokenJSON[];
  readonly pre_tokenizer: ByteLevelJSON;
  readonly decoder: ByteLevelJSON;
  readonly model: {
    readonly type: 'BPE';
    readonly vocab: BPEVocabulary['vocab'];
    readonly merges: BPEVocabulary['merges'];
  };
}

/** Options of `BPETokenizer.train`. */
export interface TrainBPEOptions {
  /** How many tokens there shall be at most: 256 for the bytes, the special ones, and one for each merge. */
  readonly vocabSize: number;
  /** How often a pair must come to be merged. Default 2. */
  readonly minFrequency?: number;
  /** Tokens that are never cut, such as '<|endoftext|>'. Default: none. */
  readonly specialTokens?: readonly string[];
}

/** Options of `BPETokenizer.decode`. */
export interface DecodeBPEOptions {
  /** Leave out special tokens. Default false. */
  readonly skipSpecialTokens?: boolean;
}

/** How GPT-2 cuts a text into words before it merges within them. Its space is Unicode's: unlike that of `\s`, with U+0085 and without U+FEFF. */
const words =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;
/** Of how many bytes the pieces are that bytes which are no UTF-8 are cut into. */
const pieceSize = 32;
/** How many words are remembered with their tokens. */
const remembered = 50_000;

const utf8 = new TextEncoder();

/**
 * Byte-level byte-pair encoding, as GPT-2's: a text's UTF-8 bytes, of which frequent pairs are merged into one token, again and
 * again. There is no text that it does not know, and decoding gives back what was encoded, byte for byte. (A lone half of a surrogate
 * pair, which UTF-8 cannot write, becomes U+FFFD.) https://arxiv.org/abs/1508.07909
 *
 * @example
 * const tokenizer = BPETokenizer.train(text, { vocabSize: 1000, specialTokens: ['<|endoftext|>'] });
 * const tokens = tokenizer.encode('a text'); // Int32Array
 * const json = JSON.stringify(tokenizer); // as tokenizer.json; BPETokenizer.fromJSON(json) reads it
 */
export class BPETokenizer {
  /** Each token at the place of its number, written in GPT-2's characters for bytes; undefined where a number is of no token. */
  readonly tokens: readonly (string | undefined)[];
  /** The tokens that are never cut, with their numbers. */
  readonly specialTokens: ReadonlyMap<string, number>;
  readonly #pairs: readonly (readonly [string, string])[];
  readonly #bytes: (Uint8Array | undefined)[] = [];
  /** The token of each byte. */
  readonly #byteTokens: readonly number[];
  readonly #merges = new Map<number, Merge>();
  readonly #special: RegExp | undefined;
  readonly #words = new Map<string, readonly number[]>();

  /**
   * Throws a ValueError for a vocabulary that lacks a byte or a merge's token, or whose numbers are none, and for a special token that is
   * written as another one.
   */
  constructor({ vocab, merges, specialTokens = [] }: BPEVocabulary) {
    const numbers = new Map(Object.entries(vocab));
    let next = 0;
    for (const number of numbers.values()) {
      if (!Number.isInteger(number) || number < 0 || number >= 2 ** 26) {
        throw new ValueError('BPETokenizer', `${number} is no number of a token. Pass integers from 0 to 2^26 − 1.`);
      }
      next = Math.max(next, number + 1);
    }
    for (const token of specialTokens) {
      if (token === '') throw new ValueError('BPETokenizer', 'a special token is empty. Pass texts.');
      if (!numbers.has(token)) numbers.set(token, next++);
    }
    const tokens: (string | undefined)[] = Array.from({ length: next });
    for (const [token, number] of numbers) {
      if (tokens[number] !== undefined) {
        throw new ValueError('BPETokenizer', `${number} is the number of both ${tokens[number]} and ${token}. Pass a number for each.`); // prettier-ignore
      }
      tokens[number] = token;
    }
    this.tokens = tokens;
    this.specialTokens = new Map(specialTokens.map((token) => [token, numbers.get(token) ?? 0]));
    const numberOf = (token: string, why: string): number => {
      const number = numbers.get(token);
      if (specialTokens.includes(token) && !/^[!-~]*$/.test(token)) {
        throw new ValueError('BPETokenizer', `the special token ${JSON.stringify(token)} is also ${why}. Pass another text.`); // prettier-ignore
      }
      if (number !== undefined) return number;
      throw new ValueError('BPETokenizer', `the vocabulary lacks ${JSON.stringify(token)}, ${why}. Pass vocab and merges of one tokenizer.`); // prettier-ignore
    };
    this.#byteTokens = Array.from({ length: 256 }, (_, byte) =>
      numberOf(characterOf.get(byte) ?? '', `the token of the byte ${byte}`),
    );
    this.#pairs = merges.map((merge) => {
      const [left = '', right = '', ...rest] = typeof merge === 'string' ? merge.split(' ') : merge;
      if (left !== '' && right !== '' && rest.length === 0) return [left, right];
      throw new ValueError('BPETokenizer', `${JSON.stringify(merge)} is no merge. Pass two tokens each: 'Ġ t'.`);
    });
    this.#pairs.forEach(([left, right], rank) => {
      const why = `a token of merge ${rank}`;
      const key = pairKey(numberOf(left, why), numberOf(right, why));
      if (!this.#merges.has(key)) this.#merges.set(key, { rank, token: numberOf(left + right, why) });
    });
    for (const [number, token] of tokens.entries()) {
      if (token === undefined) continue;
      this.#bytes[number] = this.specialTokens.has(token) ? utf8.encode(token) : bytesOf(token);
    }
    // The longest that fits first.
    const escaped = specialTokens
      .toSorted((a, b) => b.length - a.length)
      .map((token) => token.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
    this.#special = escaped.length > 0 ? new RegExp(`(${escaped.join('|')})`) : undefined;
  }

  /**
   * Finds the merges in a text, or in several. Tokens are numbered as GPT-2's: bytes, merges, special tokens. Throws a ValueError
   * for a vocabSize that does not hold the bytes and the special tokens.
   */
  static train(
    text: string | Iterable<string>,
    { vocabSize, minFrequency = 2, specialTokens = [] }: TrainBPEOptions,
  ): BPETokenizer {
    checkCount('BPETokenizer', 'vocabSize', vocabSize);
    checkCount('BPETokenizer', 'minFrequency', minFrequency);
    const most = vocabSize - 256 - specialTokens.length;
    if (most < 0) {
      const needed = `256 bytes and ${specialTokens.length} special tokens`;
      throw new ValueError('BPETokenizer', `vocabSize is ${vocabSize}, too few for ${needed}. Pass at least ${256 + specialTokens.length}.`); // prettier-ignore
    }
    const tokens = byteOrder.map((byte) => characterOf.get(byte) ?? '');
    const vocab = new Map(tokens.map((token, number) => [token, number]));
    // Only what comes between special tokens is cut and merged.
    const blank = new BPETokenizer({ vocab: Object.fromEntries(vocab), merges: [], specialTokens });
    const counts = new Map<string, number>();
    for (const part of typeof text === 'string' ? [text] : text) {
      for (const piece of blank.#cut(part)) {
        if (blank.specialTokens.has(piece)) continue;
        for (const [word] of piece.matchAll(words)) counts.set(word, (counts.get(word) ?? 0) + 1);
      }
    }
    const merges: [string, string][] = [];
    const tokenOf = (left: number, right: number): number | undefined => {
      if (tokens.length === 256 + most) return undefined;
      const pair: [string, string] = [tokens[left] ?? '', tokens[right] ?? ''];
      merges.push(pair);
      const token = pair.join('');
      // Two merges may come to the same token.
      const number = vocab.get(token) ?? tokens.push(token) - 1;
      vocab.set(token, number);
      return number;
    };
    const byWord = [...counts].map(([word, count]) => [blank.#tokensOf(utf8.encode(word)), count] as const);
    findMerges(new Map(byWord), tokenOf, minFrequency);
    return new BPETokenizer({ vocab: Object.fromEntries(vocab), merges, specialTokens });
  }

  /**
   * Reads what JSON.stringify wrote, a Hugging Face `tokenizer.json` of a byte-level BPE model that cuts texts as GPT-2's does, or
   * `{ vocab, merges }`. Throws a ValueError for anything else. (What a post-processor adds to a text is left out.)
   */
  static fromJSON(json: string | TokenizerJSON | BPEVocabulary): BPETokenizer {
    const given = parsed(json);
    checkUnderstood(given);
    const { vocab, merges } = given.model ?? given;
    if (typeof vocab !== 'object' || vocab === null || !Array.isArray(merges)) {
      throw new ValueError('BPETokenizer', 'there are no vocab and merges. Pass what JSON.stringify gave, or a tokenizer.json.'); // prettier-ignore
    }
    const added = given.added_tokens ?? [];
    const all = { ...vocab, ...Object.fromEntries(added.map(({ content, id }) => [content, id])) };
    const specialTokens = given.specialTokens ?? added.map(({ content }) => content);
    return new BPETokenizer({ vocab: all, merges, specialTokens });
  }

  /** How many numbers there are: 0 to vocabSize − 1. */
  get vocabSize(): number {
    return this.tokens.length;
  }

  /** The tokens of a text; special tokens in it are found. */
  encode(text: string): Int32Array {
    const found: number[] = [];
    for (const piece of this.#cut(text)) {
      const special = this.specialTokens.get(piece);
      if (special !== undefined) found.push(special);
      else for (const [word] of piece.matchAll(words)) for (const token of this.#ofWord(word)) found.push(token);
    }
    return Int32Array.from(found);
  }

  /** The tokens of any bytes: of UTF-8 those of its text, without special ones. */
  encodeBytes(bytes: Uint8Array): Int32Array {
    let text: string | undefined;
    try {
      text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      // No UTF-8.
    }
    const found: number[] = [];
    if (text !== undefined) {
      for (const [word] of text.matchAll(words)) for (const token of this.#ofWord(word)) found.push(token);
    } else {
      for (let start = 0; start < bytes.length; start += pieceSize) {
        const piece = this.#tokensOf(bytes.subarray(start, start + pieceSize));
        for (const token of applyMerges(piece, this.#merges)) found.push(token);
      }
    }
    return Int32Array.from(found);
  }

  /** The text of tokens; bytes that are no UTF-8, such as half a character, become U+FFFD. Throws a ValueError for what is no token. */
  decode(tokens: Iterable<number>, options: DecodeBPEOptions = {}): string {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.decodeBytes(tokens, options));
  }

  /** The bytes of tokens. Throws a ValueError for what is no token. */
  decodeBytes(tokens: Iterable<number>, { skipSpecialTokens = false }: DecodeBPEOptions = {}): Uint8Array {
    const parts: Uint8Array[] = [];
    let length = 0;
    for (const token of tokens) {
      const bytes = this.#bytes[token];
      if (!bytes) {
        throw new ValueError('BPETokenizer', `${token} is no token. Pass numbers below ${this.vocabSize}.`);
      }
      if (skipSpecialTokens && this.specialTokens.has(this.tokens[token] ?? '')) continue;
      parts.push(bytes);
      length += bytes.length;
    }
    const joined = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      joined.set(part, at);
      at += part.length;
    }
    return joined;
  }

  /** In the form of a Hugging Face `tokenizer.json`: JSON.stringify calls this. */
  toJSON(): TokenizerJSON {
    const known = [...this.tokens.entries()].filter((entry): entry is [number, string] => entry[1] !== undefined);
    // With the special ones: those that are only added are given other numbers there, unless they are the last.
    const vocab = Object.fromEntries(known.map(([number, token]) => [token, number]));
    const added = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true } as const;
    return {
      version: '1.0',
      added_tokens: [...this.specialTokens].map(([content, id]) => ({ id, content, ...added })),
      pre_tokenizer: byteLevel,
      decoder: byteLevel,
      model: { type: 'BPE', vocab, merges: this.#pairs.map((pair) => pair.join(' ')) },
    };
  }

  /** A text in special tokens and what is between them. */
  #cut(text: string): string[] {
    return this.#special ? text.split(this.#special).filter((piece) => piece !== '') : [text];
  }

  #tokensOf(bytes: Uint8Array): number[] {
    return Array.from(bytes, (byte) => this.#byteTokens[byte] ?? 0);
  }

  #ofWord(word: string): readonly number[] {
    const known = this.#words.get(word);
    if (known) return known;
    const found = applyMerges(this.#tokensOf(utf8.encode(word)), this.#merges);
    if (this.#words.size < remembered) this.#words.set(word, found);
    return found;
  }
}

function parsed(json: string | TokenizerJSON | BPEVocabulary): Partial<TokenizerJSON & BPEVocabulary> {
  try {
    return (typeof json === 'string' ? JSON.parse(json) : json) ?? {};
  } catch (error) {
    throw new ValueError('BPETokenizer', `there is no JSON: ${String(error)}. Pass the text of a tokenizer.json.`);
  }
}

/** Throws a ValueError for a tokenizer.json with a part by which texts would become other tokens, or tokens another text, than here. */
function checkUnderstood(json: Readonly<Record<string, unknown>>): void {
  const part = (name: string) => (json[name] ?? {}) as Readonly<Record<string, unknown>>;
  const [cut, model] = [part('pre_tokenizer'), part('model')];
  const added = (json.added_tokens ?? []) as readonly Readonly<Record<string, unknown>>[];
  const parts: readonly (readonly [name: string, value: unknown, understood: readonly unknown[]])[] = [
    ['normalizer', json.normalizer, [null]],
    ['pre_tokenizer.type', json.pre_tokenizer === null ? null : cut.type, ['ByteLevel']],
    ['pre_tokenizer.add_prefix_space', cut.add_prefix_space, [false]],
    ['pre_tokenizer.use_regex', cut.use_regex, [true]],
    ['model.type', model.type, ['BPE']],
    ['model.ignore_merges', model.ignore_merges, [false]],
    ['model.dropout', model.dropout, [null, 0]],
    ['model.continuing_subword_prefix', model.continuing_subword_prefix, [null, '']],
    ['model.end_of_word_suffix', model.end_of_word_suffix, [null, '']],
    ...added.flatMap(({ content, lstrip, rstrip, single_word, special }) => [
      [`lstrip of the added token ${String(content)}`, lstrip, [false]] as const,
      [`rstrip of the added token ${String(content)}`, rstrip, [false]] as const,
      [`single_word of the added token ${String(content)}`, single_word, [false]] as const,
      [`special of the added token ${String(content)}`, special, [true]] as const,
    ]),
  ];
  for (const [name, value, understood] of parts) {
    if (value === undefined || understood.includes(value)) continue;
    const shown = JSON.stringify(value);
    throw new ValueError('BPETokenizer', `${name} is ${shown}. Pass a tokenizer that works as GPT-2's, where it is ${JSON.stringify(understood[0])}.`); // prettier-ignore
  }
}
