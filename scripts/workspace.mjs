// What `npm start` and `npm test` share. Runs on Node 20 with nothing installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

const windows = process.platform === 'win32';
const stamp = join(root, 'node_modules', '.rushlight-installed');

/** The folders of all packages, relative to the root. */
export const packageFolders = ['packages', 'apps', 'examples']
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name)))
  .concat('benchmarks')
  .filter((folder) => existsSync(join(root, folder, 'package.json')));

/** The built command line: what its package.json installs. */
export function commandLine() {
  const folder = join(root, 'apps', 'cli');
  return join(folder, JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).bin.rushlight);
}

export const say = (line) => console.error(`rushlight: ${line}`);

/** Runs a command to its end; `quiet` shows its output only when it fails. */
export function run(command, args, { quiet = false, env = {} } = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
    maxBuffer: 1 << 28,
    shell: windows, // npx and the commands in .bin are .cmd files there
  });
  if (error) console.error(error.message);
  if (quiet && status !== 0) process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`);
  return status === 0;
}

/** Installs what is missing (false when that fails), and puts the workspace's own tools (a Node 24 among them) first on PATH. */
export function prepare() {
  process.env.PATH = join(root, 'node_modules', '.bin') + delimiter + process.env.PATH;
  Object.assign(process.env, { TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' });
  useWritableHome();

  const wanted = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return true;
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  say(`installing dependencies with ${packageManager} (the first time takes a minute)`);
  const started = Date.now();
  // pnpm never asks (CI), leaves no tools out (NODE_ENV), and says what went wrong (loglevel).
  const env = { CI: 'true', NODE_ENV: 'development', npm_config_loglevel: 'error' };
  if (!run('npx', ['-y', packageManager, 'install', '--frozen-lockfile'], { quiet: true, env })) {
    console.error('rushlight: the installation failed, see above.');
    return false;
  }
  writeFileSync(stamp, wanted);
  say(`installed in ${seconds(started)}`);
  return true;
}

export const seconds = (started) => `${((Date.now() - started) / 1000).toFixed(1)} s`;

/** Changes whenever an installation would do something. */
function fingerprint() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${root}`);
  const manifests = ['', ...packageFolders].map((folder) => join(folder, 'package.json'));
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests]) {
    hash.update(`\n${file}\n`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

/** A user without a home (a service account, a container) keeps the caches of npm and pnpm in node_modules. */
function useWritableHome() {
  try {
    accessSync(homedir(), constants.W_OK);
  } catch {
    const home = join(root, 'node_modules', '.home');
    mkdirSync(home, { recursive: true });
    Object.assign(process.env, { HOME: home, npm_config_cache: join(home, '.npm') });
  }
}
