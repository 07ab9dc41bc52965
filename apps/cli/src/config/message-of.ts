import { isRushlightError, type RushlightError } from 'rushlight';

/** What an error says, or whatever else was thrown. */
export const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/** Without the name of the function that refused, which whoever calls a command line never called. */
export const withoutOp = ({ op, message }: RushlightError): string =>
  message.startsWith(`${op}: `) ? message.slice(op.length + 2) : message;

/** What an error says to whoever called the command line. */
export const toldTo = (error: Error): string =>
  // The library's words for an option, in those of the command line.
  (isRushlightError(error) ? withoutOp(error) : error.message).replace("unseen: 'missing'", '--unseen missing');
