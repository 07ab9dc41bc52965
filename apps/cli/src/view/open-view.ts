import { JsonView } from './json-view.ts';
import type { Environment } from './paint.ts';
import { PlainView } from './plain-view.ts';
import type { Terminal } from './terminal.ts';
import { TerminalView } from './terminal-view.ts';
import type { View } from './view.ts';

export interface OpenViewOptions {
  /** What `--json` asks for. Default false. */
  readonly json?: boolean;
  /** What `--plain` asks for: lines also on a terminal. Default false. */
  readonly plain?: boolean;
  /** Default the process's own. */
  readonly out?: Terminal;
  readonly err?: Terminal;
  readonly env?: Environment;
}

/** JSON if asked for; a picture on a terminal that can move its cursor; else lines. */
export function openView({
  json = false, plain = false, out = process.stdout, err = process.stderr, env = process.env,
}: OpenViewOptions = {}): View {
  if (json) return new JsonView(out, err);
  if (plain || out.isTTY !== true || env['TERM'] === 'dumb') return new PlainView(out, err);
  return new TerminalView(out, { env });
} // prettier-ignore
