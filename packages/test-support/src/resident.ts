import { existsSync, readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';

/** Whether the memory of processes can be read here: on Linux. */
export const canReadResident = existsSync('/proc/self/status');

/** Bytes of memory that a process has resident. */
export function residentBytes(id: number): number {
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${id}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

/**
 * The process of a browser's only page: of the renderers, the one that has most resident. And, if asked for, that of the GPU.
 * Throws RangeError where it is not told.
 */
export async function processesOf(browser: Browser, { gpu = false } = {}): Promise<number[]> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const idsOf = (kind: string): number[] => processInfo.filter(({ type }) => type === kind).map(({ id }) => id);
  const [renderer] = idsOf('renderer').toSorted((x, y) => residentBytes(y) - residentBytes(x));
  if (renderer === undefined) throw new RangeError('this Chromium does not tell the process of a page.');
  return [renderer, ...(gpu ? idsOf('GPU') : [])];
}
