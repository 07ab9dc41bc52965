// The parent's side of a contender: a process of its own, so that one library's memory and garbage disturb no other.

import { spawn, type ChildProcess } from 'node:child_process';
import { join, sep } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { replyMark, type Command, type Reply, type Setup } from './serve.ts';

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const root = join(import.meta.dirname, '..', '..', '..') + sep;

/** The contender said why it cannot, died, or took too long. Paths within the repository begin there, whose machine ever it is. */
export class ContenderError extends Error {
  constructor(reason = '') {
    super(reason.replaceAll(pathToFileURL(root).href, '').replaceAll(root, ''));
  }
}

/** A killed bench takes them along; otherwise they would first finish what they were told. */
const running = new Set<ChildProcess>();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

type Answer<Key extends string> = Extract<Reply, Readonly<Record<Key, unknown>>>;

export class ContenderProcess {
  private readonly child: ChildProcess;
  private readonly replies: Reply[] = [];
  private wake: (() => void) | undefined;
  private ended: string | undefined;
  private complaints = '';

  constructor({ command, args, env = {} }: Launch) {
    this.child = spawn(command, [...args], { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
    this.child.on('error', (error) => this.end(error.message));
    running.add(this.child);
    // At `exit` its last words may still be on their way.
    this.child.on('close', (code, signal) => {
      running.delete(this.child);
      this.end(`it ended with ${signal ?? `code ${code}`}. ${this.lastWords()}`);
    });
    this.child.stdin?.on('error', () => {}); // its exit says more
    this.child.stderr?.on('data', (chunk) => {
      this.complaints = (this.complaints + String(chunk)).slice(-2000);
    });
    if (!this.child.stdout) return;
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      if (!line.startsWith(replyMark)) return;
      this.replies.push(JSON.parse(line.slice(replyMark.length)) as Reply);
      this.wake?.();
    });
  }

  /** What its libraries are, once it runs. */
  async versions(seconds: number): Promise<Readonly<Record<string, string>>> {
    return (await this.next('versions', seconds)).versions;
  }

  async prepare(workload: Extract<Command, { do: 'prepare' }>['workload'], seconds: number): Promise<void> {
    this.send({ do: 'prepare', workload });
    await this.next('ready', seconds);
  }

  /** Runs steps, and answers what contenders must agree on, and what it runs as. */
  async check(steps: number, seconds: number): Promise<{ numbers: readonly number[]; setup: Setup }> {
    this.send({ do: 'check', steps });
    const { numbers, setup = {} } = await this.next('numbers', seconds);
    return { numbers: numbers.map(Number), setup };
  }

  /** Runs steps against the clock. */
  async run(steps: number, seconds: number): Promise<Answer<'wall'>> {
    this.send({ do: 'run', steps });
    return this.next('wall', seconds);
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }

  private send(command: Command): void {
    this.child.stdin?.write(`${JSON.stringify(command)}\n`);
  }

  private async next<Key extends string>(key: Key, seconds: number): Promise<Answer<Key>> {
    if (this.replies.length === 0 && this.ended === undefined) {
      const timer = setTimeout(() => this.end(`it took more than ${Math.round(seconds)} s`), 1000 * seconds);
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      clearTimeout(timer);
    }
    const reply = this.replies.shift();
    if (!reply) {
      this.stop();
      throw new ContenderError(this.ended);
    }
    if ('error' in reply) throw new ContenderError(reply.error.split('\n', 1)[0]);
    if (key in reply) return reply as Answer<Key>;
    throw new ContenderError(`it answered ${JSON.stringify(reply)} where ${key} was asked for`);
  }

  private end(why: string): void {
    this.ended ??= why.trim();
    this.wake?.();
  }

  private lastWords(): string {
    const lines = this.complaints.trim().split('\n');
    return lines.findLast((line) => /error|cannot/i.test(line)) ?? lines.at(-1) ?? '';
  }
}
