import { isRushlightError, type RushlightError } from 'rushlight';

/** What an error says, or whatever else was thrown. */
export const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/** Without the name of the function that refused, which whoever calls a command line never called. */
export const withoutOp = ({ op, message }: RushlightError): string =>
  message.startsWith(`${op}: `) ? message.slice(op.length + 2) : message;

/** What an error says to whoever called the command line. */
export const toldTo = (error: Error): string =>
  inFlags(isRushlightError(error) ? withoutOp(error) : error.message.replace(/^Trainer: /, ''));

/** What the library says of its options, and what the command line has instead. */
const flags: readonly (readonly [option: RegExp, flag: string])[] = [
  [/unseen: '(\w+)'/, '--unseen $1'],
  [/task: '(\w+)'/, '--task $1'],
  [/, add it to readCsv's missing, or pass kinds: \{ "(.*)": "category" \}/, ', or leave the column out: --drop "$1"'],
  [/, or add it to readCsv's missing/, ''],
  [/, or pass the delimiter if it was guessed wrongly/, ''],
  [/, or pass header: false if the first line holds values/, ''],
];

/** A message, or a note, of the library in the words of the command line. */
export const inFlags = (text: string): string =>
  flags.reduce((said, [option, flag]) => said.replace(option, flag), text);
