// `pnpm bench <options>` and `pnpm soak <options>`: installs what is missing, then measures. See benchmarks/README.md.
import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { prepare, root } from './workspace.mjs';

if (!prepare()) process.exit(1);

// The workspace's own Node, which reads TypeScript, comes first on PATH, behind a shell script that would not pass signals on.
const node = execFileSync('node', ['-p', 'process.execPath'], { encoding: 'utf8' }).trim();
const [program = '', ...options] = process.argv.slice(2);
const args = ['--conditions=@rushlight/source', join(root, 'benchmarks', program), ...options];
const child = spawn(node, args, { stdio: 'inherit' });
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill('SIGTERM'));
