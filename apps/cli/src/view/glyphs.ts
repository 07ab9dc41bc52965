import type { Environment } from './paint.ts';

/** What pictures are made of. */
export interface Glyphs {
  /** A bar: done, half done, to do. */
  readonly bar: readonly [full: string, half: string, empty: string];
  readonly rule: string;
  readonly star: string;
  readonly ellipsis: string;
  /** Of a plot: its left side, one with a number beside, the corner, the bottom, and the bottom where an epoch ends. */
  readonly axis: { readonly side: string; readonly mark: string; readonly corner: string; readonly bottom: string; readonly tick: string }; // prettier-ignore
  /** Points that a character of a plot has, and the character of those that are set, row by row from the top left. */
  readonly dots: { readonly across: number; readonly down: number; show(set: readonly boolean[]): string };
}

const brailleBits = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80];

const unicode: Glyphs = {
  bar: ['━', '╾', '─'],
  rule: '─',
  star: '★',
  ellipsis: '…',
  axis: { side: '│', mark: '┤', corner: '└', bottom: '─', tick: '┴' },
  dots: {
    across: 2,
    down: 4,
    show: (set) =>
      set.includes(true)
        ? String.fromCodePoint(0x2800 + set.reduce((bits, on, k) => bits + (on ? (brailleBits[k] ?? 0) : 0), 0))
        : ' ',
  },
};

const ascii: Glyphs = {
  bar: ['#', '-', '-'],
  rule: '-',
  star: '*',
  ellipsis: '...',
  axis: { side: '|', mark: '+', corner: '+', bottom: '-', tick: '+' },
  dots: { across: 1, down: 1, show: ([on]) => (on ? '*' : ' ') },
};

/** ASCII for consoles whose fonts lack the rest: Linux's own, and Windows' old one. */
export function glyphsFor(env: Environment, platform: NodeJS.Platform = process.platform): Glyphs {
  if (platform !== 'win32') return env['TERM'] === 'linux' ? ascii : unicode;
  return env['WT_SESSION'] || env['TERM_PROGRAM'] || env['TERM']?.startsWith('xterm') ? unicode : ascii;
}
