// For tests in Node: a driver of a GPU, or of one that is a program on the CPU. Dawn asks Vulkan, and Vulkan's loader reads from the
// environment which driver to load when it is first asked: what is chosen here is for the process, and has to be chosen before.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { constants, homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';

/** Where a driver comes from: what the system has, Mesa's that computes on the CPU, or the one that browsers carry for the same. */
export type DriverName = 'system' | 'lavapipe' | 'swiftshader';

/** A driver that an adapter was had from. */
export interface Driver {
  readonly name: DriverName;
  /** What the adapter says of itself. */
  readonly adapter: string;
  /** What has to stand in the environment of a process that shall use it, or must not. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

interface Candidate extends Omit<Driver, 'adapter'> {
  /** Vulkan's loader, where the system may have none. */
  readonly loader?: string;
}

const here = dirname(fileURLToPath(import.meta.url));
const linux = process.platform === 'linux';
/** The environment that this process began with. */
const environment = { ...process.env };

/** Folders in which browsers have their program, and the driver beside it. */
function browserFolders(): string[] {
  const commands = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => commands.map((name) => join(folder, name)));
  const downloads = process.env.PLAYWRIGHT_BROWSERS_PATH ?? join(homedir(), '.cache', 'ms-playwright');
  const downloaded = (existsSync(downloads) ? readdirSync(downloads) : [])
    .filter((name) => /^chromium-\d/.test(name))
    .flatMap((name) => ['chrome-linux', 'chrome-linux64'].map((folder) => join(downloads, name, folder)));
  const programs = [process.env.CHROMIUM ?? '', ...onPath].filter((path) => path !== '' && existsSync(path));
  const installed = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome', '/opt/microsoft/msedge'];
  return [...programs.map((path) => dirname(realpathSync(path))), ...installed, ...downloaded];
}

function swiftShader(): Candidate | undefined {
  const folder = browserFolders().find((path) => existsSync(join(path, 'vk_swiftshader_icd.json')));
  if (folder === undefined) return undefined;
  const loader = join(folder, 'libvulkan.so.1');
  const libraries = [folder, environment.LD_LIBRARY_PATH].filter(Boolean).join(delimiter);
  const driver = { VK_ICD_FILENAMES: join(folder, 'vk_swiftshader_icd.json') };
  return existsSync(loader)
    ? { name: 'swiftshader', environment: { ...driver, LD_LIBRARY_PATH: libraries }, loader }
    : { name: 'swiftshader', environment: driver };
}

function lavapipe(): Candidate | undefined {
  const folders = ['/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/etc/vulkan/icd.d'];
  const files = folders.flatMap((folder) =>
    (existsSync(folder) ? readdirSync(folder) : []).filter((name) => /^lvp_icd.*\.json$/.test(name)).map((name) => join(folder, name)),
  ); // prettier-ignore
  const own = files.find((file) => file.includes(process.arch === 'arm64' ? 'aarch64' : 'x86_64')) ?? files[0];
  return own === undefined ? undefined : { name: 'lavapipe', environment: { VK_ICD_FILENAMES: own } };
}

const finders: Readonly<Record<DriverName, () => Candidate | undefined>> = {
  system: () => {
    const { VK_ICD_FILENAMES, LD_LIBRARY_PATH } = environment;
    return { name: 'system', environment: { VK_ICD_FILENAMES, LD_LIBRARY_PATH } };
  },
  lavapipe: () => (linux ? lavapipe() : undefined),
  swiftshader: () => (linux ? swiftShader() : undefined),
};

/** Says in another process what adapter there is: asking in this one would settle it. */
const question = `
import { create } from 'webgpu';
const gpu = create([]);
const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
const { info } = adapter ?? {};
console.log(JSON.stringify(info ? [info.vendor, info.architecture, info.description].filter(Boolean).join(' ') : null));
`;

/** The driver that a candidate turns out to be, or why it is none. */
function ask({ name, environment: own }: Candidate): Driver | string {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, ['--input-type=module', '-e', question], {
    cwd: here, // finds the package webgpu
    env: { ...environment, ...own },
    encoding: 'utf8',
    timeout: 60_000,
  });
  const answer = /^(".*"|null)$/m.exec(stdout ?? '')?.[1];
  if (answer === undefined || status !== 0) {
    const message = /^\w*Error.*$/m.exec(stderr ?? '')?.[0] ?? error?.message ?? `it ended with ${status}`;
    return `${name}: ${message}`;
  }
  return answer === 'null' ? `${name}: no adapter` : { name, adapter: JSON.parse(answer) as string, environment: own };
}

/** The driver of that name, or why there is none. */
function find(name: DriverName): Driver | string {
  const candidate = finders[name]();
  return candidate ? ask(candidate) : `${name}: not installed`;
}

/** Loads Vulkan's loader for good: Dawn, which asks for it by its name, gets this one where the system has none. */
function load(path: string): void {
  const keepsIt = 0x1000; // RTLD_NODELETE
  try {
    process.dlopen({ exports: {} }, path, constants.dlopen.RTLD_NOW | keepsIt);
  } catch {
    // It is no module of Node's, and that is said after it was loaded.
  }
}

let outcome: { readonly driver?: Driver; readonly why?: string } | undefined;

function choose(): { readonly driver?: Driver; readonly why?: string } {
  const asked = process.env.RUSHLIGHT_GPU_DRIVER;
  const known = Object.keys(finders) as DriverName[];
  if (asked !== undefined && !known.some((name) => name === asked)) {
    throw new RangeError(`RUSHLIGHT_GPU_DRIVER is "${asked}". It must be one of ${known.join(', ')}.`);
  }
  const isSet = process.env.VK_ICD_FILENAMES !== undefined || process.env.VK_DRIVER_FILES !== undefined;
  const names: readonly DriverName[] = asked ? [asked as DriverName] : isSet ? ['system'] : ['system', 'swiftshader'];
  const reasons: string[] = [];
  for (const name of names) {
    let found = find(name);
    // Of the programs on the CPU it compiles fastest, by three.
    if (names.length > 1 && typeof found !== 'string' && found.adapter.includes('llvmpipe')) {
      const faster = find('swiftshader');
      if (typeof faster !== 'string') found = faster;
    }
    if (typeof found === 'string') {
      reasons.push(found);
      continue;
    }
    if (found.name !== 'system' && !isMainThread) {
      reasons.push(`${found.name}: a worker thread cannot choose a driver for its process`);
      continue;
    }
    if (found.name !== 'system') Object.assign(process.env, found.environment);
    const loader = finders[found.name]()?.loader;
    if (loader !== undefined) load(loader);
    return { driver: found };
  }
  return { why: `no driver for WebGPU (${reasons.join('; ')})` };
}

/** The driver of this process, chosen at the first call; undefined where there is none. Throws as `whyNoDriver`. */
export function driverInUse(): Driver | undefined {
  return (outcome ??= choose()).driver;
}

/**
 * Makes this process use a driver, and says why where there is none to be had. Tried are the system's (a GPU, or Mesa's on the CPU) and the
 * one in an installed Chromium or Chrome, which is preferred to Mesa's on the CPU; the environment variable RUSHLIGHT_GPU_DRIVER (`system`, `lavapipe`, `swiftshader`) asks for one.
 * To be called before the first backend is opened, and not in a worker thread: test runners have to isolate by processes. Throws
 * RangeError where the variable names none.
 *
 * @example
 * testBackend({ ...webgpu(), unavailable: whyNoDriver() });
 */
export function whyNoDriver(): string | undefined {
  return (outcome ??= choose()).why;
}

/** The drivers of this machine besides the one in use, for other processes. Throws as `whyNoDriver`. */
export function otherDrivers(): readonly Driver[] {
  const known = new Set([driverInUse()?.adapter]);
  return (['lavapipe', 'swiftshader', 'system'] as const).map(find).filter((found): found is Driver => {
    if (typeof found === 'string' || known.has(found.adapter)) return false;
    known.add(found.adapter);
    return true;
  });
}
