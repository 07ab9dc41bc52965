import * as util from 'node:util';
import type { Terminal } from './terminal.ts';

type Style = 'bold' | 'dim' | 'cyan' | 'green' | 'yellow' | 'red';

/** Text in a style; the text itself where there are no colours. */
export type Paint = (style: Style, text: string) => string;

export type Environment = Readonly<Record<string, string | undefined>>;

/** Styled as the terminal allows. NO_COLOR, set to anything, forbids it. https://no-color.org */
export function paintFor(terminal: Terminal, env: Environment): Paint {
  if (env['NO_COLOR'] || !hasColors(terminal, env)) return (_style, text) => text;
  // Node 20.0 … 20.11 has no styleText, but the codes that it writes. Whether to write them is decided here.
  const { styleText } = util as Partial<typeof util>;
  if (styleText) return (style, text) => styleText(style, text, { validateStream: false });
  return (style, text) => {
    const [open, close] = util.inspect.colors[style] ?? [0, 0];
    return `\u001B[${open}m${text}\u001B[${close}m`;
  };
}

function hasColors(terminal: Terminal, env: Environment): boolean {
  if (terminal.hasColors) return terminal.hasColors({ ...env });
  return terminal.isTTY === true && env['TERM'] !== 'dumb';
}
