import type { Command } from './protocol.ts';
import { Runner } from './runner.ts';

const runner = new Runner((told, transfer = []) => postMessage(told, { transfer }));
addEventListener('message', ({ data }: MessageEvent<Command>) => runner.command(data));
void runner.serve();
