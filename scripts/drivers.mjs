// `node scripts/drivers.mjs`: brings by apt what the tests of pages and of WebGPU need and this machine lacks. Chromium carries SwiftShader
// with it; Mesa from version 23 on has lavapipe, which is faster and has float16. Both compute on the CPU. For CI, as root, on Debian and
// its like; elsewhere it says what is missing and installs nothing.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const say = (line) => console.error(`drivers: ${line}`);
const hasBrowser = () =>
  Boolean(process.env.CHROMIUM) ||
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].some((path) => existsSync(path));
const manifests = '/usr/share/vulkan/icd.d';
const hasLavapipe = () => existsSync(manifests) && readdirSync(manifests).some((name) => name.startsWith('lvp_icd'));

const folder = mkdtempSync(join(tmpdir(), 'rushlight-apt-'));
/** What is added to apt's settings for these calls alone. */
const settings = [];

function apt(command, ...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync(command, [...settings, ...args], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function install(...args) {
  const { status, stderr } = apt('apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...args);
  say(
    status === 0 ? `installed ${args.at(-1)}` : `${args.at(-1)} was not installed: ${stderr.trim().split('\n').at(-1)}`,
  );
}

/** The suite that has a Mesa of version 23 or later; undefined where none has. */
function suiteOfMesa() {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const suite = /^VERSION_CODENAME=bookworm$/m.test(release) ? 'bookworm-backports' : '';
  const { stdout } = apt('apt-cache', 'policy', ...(suite ? ['-t', suite] : []), 'mesa-vulkan-drivers');
  return Number(/Candidate: (\d+)/.exec(stdout)?.[1] ?? 0) >= 23 ? suite : undefined;
}

function bring() {
  if (process.platform !== 'linux' || spawnSync('apt-get', ['--version']).status !== 0) {
    return say('there is no apt here. Install Chromium or Chrome, and the driver of your graphics card.');
  }
  if (process.getuid() !== 0) {
    return say('run as root: sudo node scripts/drivers.mjs');
  }
  // Debian 12 has a later Mesa in its backports alone.
  const own = existsSync('/etc/apt/sources.list') ? readFileSync('/etc/apt/sources.list', 'utf8') : '';
  if (/^VERSION_CODENAME=bookworm$/m.test(readFileSync('/etc/os-release', 'utf8')) && !own.includes('-backports')) {
    // From where the machine has its Debian.
    const { stdout = '' } = apt('apt-get', 'indextargets', '--format', '$(REPO_URI) $(RELEASE)');
    const [, mirror] = /^(\S+) bookworm$/m.exec(stdout) ?? [];
    if (mirror !== undefined) {
      writeFileSync(join(folder, 'sources.list'), `${own}\ndeb ${mirror} bookworm-backports main\n`);
      settings.push('-o', `Dir::Etc::sourcelist=${join(folder, 'sources.list')}`);
    }
  }
  apt('apt-get', 'update', '-qq');
  if (!hasBrowser()) install('chromium');
  if (hasLavapipe()) return undefined;
  const suite = suiteOfMesa();
  if (suite === undefined)
    return say('no Mesa of version 23 or later is to be had: SwiftShader has to do, without float16');
  return install(...(suite ? ['-t', suite] : []), 'libvulkan1', 'mesa-vulkan-drivers');
}

if (!hasBrowser() || !hasLavapipe()) bring();
rmSync(folder, { recursive: true });
say(`${hasBrowser() ? 'a browser' : 'NO browser'}, ${hasLavapipe() ? 'lavapipe' : 'no lavapipe'}`);
