// Texts of the visitor's own: pasted, dropped in, or from a link. What cannot be learnt from is said to be so, in words.

import { signal } from '@preact/signals';
import type { Field } from '../../state/url.ts';

/** Characters that are trained on at most: the beginning of a text that has more. */
export const mostLength = 2 ** 20;
/** Fewer say too little. */
export const leastLength = 200;
/** Characters that can be edited; of a longer text only the beginning is shown, since browsers are slow with long ones. */
export const mostEdited = 20_000;
/** Characters that a link may carry. */
const mostLinked = 2000;

export type Fault =
  /** Too few characters to learn from. */
  | 'short'
  /** One character, again and again. */
  | 'monotonous'
  /** No text: a picture, a program. */
  | 'binary'
  | 'unreadable';

export interface OwnText {
  readonly text: string;
  /** Whether there was more. */
  readonly isCut: boolean;
}

/** Windows' and old Macs' ends of lines as one. */
const plain = (text: string): string => text.replaceAll(/\r\n?/g, '\n');

/** A text to train on, cut where it is too long; or why it is none. */
export function takeText(given: string): OwnText | Fault {
  // In the middle of a pair of surrogates there is no character.
  const end = given.length > mostLength && /[\uD800-\uDBFF]/.test(given[mostLength - 1] ?? '') ? mostLength - 1 : mostLength; // prettier-ignore
  const text = plain(given.slice(0, end));
  if (text.includes('\0')) return 'binary';
  if (text.trim().length < leastLength) return 'short';
  const [first = ''] = text;
  if (text.replaceAll(first, '') === '') return 'monotonous';
  return { text, isCut: given.length > end };
}

/** Reads no more of a file than is trained on: one of 100 MB costs what one of 1 MB does. */
export async function takeFile(file: Blob): Promise<OwnText | Fault> {
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(await file.slice(0, mostLength).arrayBuffer());
  } catch {
    return 'unreadable';
  }
  const text = decode(bytes);
  if (text === undefined) return 'binary';
  const taken = takeText(text);
  return typeof taken === 'string' ? taken : { ...taken, isCut: taken.isCut || file.size > mostLength };
}

/** UTF-8, UTF-16 where it says so, else what Chinese systems wrote before. Undefined for what is none of them. */
function decode(bytes: Uint8Array): string | undefined {
  const [a, b] = bytes;
  if (a === 0xff && b === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (a === 0xfe && b === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  if (bytes.includes(0)) return undefined;
  for (const encoding of ['utf-8', 'gb18030']) {
    try {
      // As in a stream: the last character may be cut off.
      return new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true });
    } catch {
      // Not in this encoding.
    }
  }
  return undefined;
}

/** A short text as a link has it. */
export const linkedText: Field<string> = {
  fallback: '',
  read: (text) => (text.length <= mostLinked ? text : undefined),
  write: (text) => (text.length <= mostLinked ? text : ''),
};

const key = 'rushlight-language-text';

function stored(): string {
  try {
    return sessionStorage.getItem(key) ?? '';
  } catch {
    return '';
  }
}

/** The visitor's text, which may be too long for a link: kept until the tab is closed, where there is room. */
export const kept = signal(stored());

/** Whether a reload finds it again: not where there is no room, or no leave. */
export function keepText(text: string): boolean {
  kept.value = text;
  try {
    sessionStorage.setItem(key, text);
    return true;
  } catch {
    return false;
  }
}
