import type { WriteStream } from 'node:tty';

/** What a terminal is to a view: process.stdout, or something that acts so. */
export type Terminal = NodeJS.WritableStream & Partial<Pick<WriteStream, 'columns' | 'rows' | 'isTTY' | 'hasColors'>>;

/** As wide as lines may be: one less than the terminal has, since some wrap at the last column, and no more than 119. */
export const widthOf = ({ columns }: Terminal): number => Math.max(39, Math.min(119, (columns || 80) - 1));
