// `npm start -- <options>`: installs and builds what is missing, then runs `rushlight train <options>`, or another command of it:
// `npm start -- eval runs/digits-cnn`.
import { execFileSync, spawn } from 'node:child_process';
import { commandLine, prepare, run, say, seconds } from './workspace.mjs';

if (!prepare()) process.exit(1);

const started = Date.now();
say('building the command line and what it imports');
const build = ['run', 'build', '--filter=@rushlight/cli...', '--output-logs=errors-only'];
if (!run('turbo', build, { quiet: true })) {
  console.error('rushlight: the build failed, see above.');
  process.exit(1);
}
say(`built in ${seconds(started)}`);

// The workspace's own Node comes first on PATH, behind a shell script that would not pass signals on.
const node = execFileSync('node', ['-p', 'process.execPath'], { encoding: 'utf8' }).trim();
const given = process.argv.slice(2);
const isCommand = given[0] !== undefined && !given[0].startsWith('-');
const child = spawn(node, [commandLine(), ...(isCommand ? [] : ['train']), ...given], { stdio: 'inherit' });

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    // A terminal sends Ctrl-C to the child as well; a second one would mean "at once".
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  });
}
child.on('error', (error) => {
  console.error(`rushlight: ${error.message}`);
  process.exitCode = 1;
});
child.on('exit', (code, signal) => {
  if (signal) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  } else {
    process.exitCode = code;
  }
});
