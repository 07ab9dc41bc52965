import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ContenderError, ContenderProcess } from './contender-process.ts';

/** A contender that is a line of JavaScript. */
const contender = (code: string): ContenderProcess =>
  new ContenderProcess({ command: process.execPath, args: ['-e', code] });

const reply = (answer: unknown): string => `console.log('@reply ' + ${JSON.stringify(JSON.stringify(answer))});`;
const forever = 'setInterval(() => {}, 1000);';

test('what a library prints besides is passed over', async () => {
  const child = contender(`console.log('Hi there!'); ${reply({ versions: { library: '1' } })} ${forever}`);
  expect(await child.versions(10)).toEqual({ library: '1' });
  child.stop();
});

test('an error of the contender is its message', async () => {
  const child = contender(`${reply({ error: 'no conv\nat line 3' })} ${forever}`);
  await expect(child.prepare({} as never, 10)).rejects.toThrow(new ContenderError('no conv'));
  child.stop();
});

test('paths of this machine stay out of the message', async () => {
  const [path, url] = [join(import.meta.dirname, 'none.mjs'), new URL('none.mjs', import.meta.url).href];
  const child = contender(`${reply({ error: `no ${path}, no ${url}` })} ${forever}`);
  const own = 'benchmarks/src/contenders/none.mjs';
  await expect(child.prepare({} as never, 10)).rejects.toThrow(new ContenderError(`no ${own}, no ${own}`));
  child.stop();
});

test('a contender does not outlive its parent, however busy it is', async () => {
  const busy = `console.log('@reply ' + JSON.stringify({ versions: { pid: String(process.pid) } })); for (;;);`;
  const program = `
    import { ContenderProcess } from ${JSON.stringify(join(import.meta.dirname, 'contender-process.ts'))};
    const child = new ContenderProcess({ command: process.execPath, args: ['-e', ${JSON.stringify(busy)}] });
    console.log((await child.versions(10)).pid);
    process.exit();`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  expect(Number(stdout)).toBeGreaterThan(0);
  await expect.poll(() => isAlive(Number(stdout)), { timeout: 4000 }).toBe(false);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('a contender that dies says why, also to the next who asks', async () => {
  const child = contender("throw new Error('no such library')");
  await expect(child.versions(10)).rejects.toThrow('it ended with code 1. Error: no such library');
  await expect(child.check(1, 10)).rejects.toThrow('no such library');
});

test('a program that is not there is an error', async () => {
  const child = new ContenderProcess({ command: 'no-such-program', args: [] });
  await expect(child.versions(10)).rejects.toThrow('ENOENT');
});

test('a contender that takes too long is given up', async () => {
  const child = contender(forever);
  await expect(child.run(1, 0.1)).rejects.toThrow(ContenderError);
});

test('an answer to another question is refused', async () => {
  const child = contender(`${reply({ ready: true })} ${forever}`);
  await expect(child.run(1, 10)).rejects.toThrow('it answered {"ready":true} where wall was asked for');
  child.stop();
});
