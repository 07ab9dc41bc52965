// Which page is shown, and its settings: all of it stands in the address behind the #, so that a link shows what its sender saw.

import { computed, signal, type ReadonlySignal } from '@preact/signals';

export interface Route {
  /** `''` for the landing page. */
  readonly page: string;
  readonly params: URLSearchParams;
}

function parse(hash: string): Route {
  const [page = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  return { page, params: new URLSearchParams(query) };
}

const current = signal(parse(location.hash));
addEventListener('hashchange', () => {
  // What was still to be written belongs to the address before.
  unwritten = false;
  current.value = parse(location.hash);
});

export const route: ReadonlySignal<Route> = current;

/** Settings that all pages share, and links between them keep. */
const shared = ['lang', 'theme', 'backend'];

/** The address of a page, with the settings that all share. */
export function linkTo(page: string, params: Readonly<Record<string, string>> = {}): string {
  const kept = [...current.value.params].filter(([name]) => shared.includes(name));
  const query = new URLSearchParams(Object.fromEntries([...kept, ...Object.entries(params)])).toString();
  return `#/${page}${query && `?${query}`}`;
}

/** Changes settings in the address; undefined takes one out. The back button leads to the page before, not to the setting before. */
export function setParams(changes: Readonly<Record<string, string | undefined>>): void {
  const { page, params } = current.peek();
  const next = new URLSearchParams(params);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) next.delete(name);
    else next.set(name, value);
  }
  current.value = { page, params: next };
  writeSoon();
}

// Browsers refuse to write addresses as fast as a slider moves (Safari a hundred in half a minute): the first change is written
// at once, those that follow it together.
const pause = 400;
let waiting: ReturnType<typeof setTimeout> | undefined;
let unwritten = false;

function writeNow(): void {
  const { page, params } = current.peek();
  const query = params.toString();
  history.replaceState(null, '', `#/${page}${query && `?${query}`}`);
  unwritten = false;
}

function writeSoon(): void {
  unwritten = true;
  if (waiting !== undefined) return;
  writeNow();
  waiting = setTimeout(() => {
    waiting = undefined;
    if (unwritten) writeSoon();
  }, pause);
}

const writeAtOnce = (): void => void (unwritten && writeNow());
addEventListener('pagehide', writeAtOnce);
// A link may lead away.
addEventListener('click', writeAtOnce, { capture: true });

/** How a setting is written in an address. `read` gives undefined for what is no value of it: the default is taken. */
export interface Field<T> {
  readonly fallback: T;
  read(text: string): T | undefined;
  write(value: T): string;
}

export const number = (fallback: number, { min = -Infinity, max = Infinity, whole = false } = {}): Field<number> => ({
  fallback,
  read(text) {
    const value = Number(text);
    return text.trim() !== '' && value >= min && value <= max && (!whole || Number.isInteger(value))
      ? value
      : undefined;
  },
  write: (value) => String(value),
});

export const choice = <const T extends string>(fallback: T, all: readonly T[]): Field<T> => ({
  fallback,
  read: (text) => all.find((value) => value === text),
  write: (value) => value,
});

export const flag = (fallback: boolean): Field<boolean> => ({
  fallback,
  read: (text) => (text === '1' ? true : text === '0' ? false : undefined),
  write: (value) => (value ? '1' : '0'),
});

/** Numbers with commas between them; undefined where one is out of range, or there are too many. */
export const numbers = (
  fallback: readonly number[],
  { min = -Infinity, max = Infinity, most = 32 } = {},
): Field<readonly number[]> => ({
  fallback,
  read(text) {
    const values = text === '' ? [] : text.split(',').map(Number);
    return values.length <= most && values.every((value) => value >= min && value <= max) ? values : undefined;
  },
  write: (values) => values.join(','),
});

type Fields = Readonly<Record<string, Field<unknown>>>;
type Values<F extends Fields> = { readonly [K in keyof F]: F[K]['fallback'] };

export interface Settings<V> {
  /** As the address has them. */
  readonly values: ReadonlySignal<V>;
  /** Changes some in the address; those that are as by default do not stand there. */
  set(changes: Partial<V>): void;
}

/** The settings of a page: `const { values, set } = settings({ lr: number(0.03) })`. */
export function settings<F extends Fields>(fields: F): Settings<Values<F>> {
  return {
    values: computed(() => {
      const { params } = current.value;
      const read = ([name, field]: [string, Field<unknown>]): [string, unknown] => {
        const text = params.get(name);
        return [name, (text === null ? undefined : field.read(text)) ?? field.fallback];
      };
      return Object.fromEntries(Object.entries<Field<unknown>>(fields).map(read)) as Values<F>;
    }),
    set(changes) {
      const texts = Object.entries<unknown>(changes).map(([name, value]): [string, string | undefined] => {
        const field = fields[name];
        const text = field?.write(value);
        return [name, text === field?.write(field.fallback) ? undefined : text];
      });
      setParams(Object.fromEntries(texts));
    },
  };
}
