// Where the GPU comes from: a page or worker has it, in Node the optional package `webgpu` brings Dawn. Where there is none the error says
// why, and what to do on this platform.

import { paceDawn } from './dawn-events.ts';
import { NoAdapterError } from './no-adapter-error.ts';

interface Host {
  readonly navigator?: { readonly gpu?: GPU };
  readonly isSecureContext?: boolean;
  readonly process?: { readonly platform?: string; readonly versions?: { readonly node?: string } };
}

interface Dawn {
  create(flags: readonly string[]): GPU;
  readonly globals: Readonly<Record<string, unknown>>;
}

/** What Dawn gave: its objects crash the process where this is collected. */
let dawn: Promise<GPU> | undefined;

/** Not for bundlers: a page shall not carry it. */
const dawnPackage = 'webgpu';

async function loadDawn(): Promise<GPU> {
  let module: Dawn;
  try {
    module = (await import(/* @vite-ignore */ /* webpackIgnore: true */ dawnPackage)) as Dawn;
  } catch (cause) {
    const [message = ''] = String(cause instanceof Error ? cause.message : cause).split('\n');
    const missing = message.includes(`'${dawnPackage}'`);
    throw new NoAdapterError(
      missing
        ? 'webgpu: Node has no WebGPU of its own. Install the package that brings it: npm install webgpu'
        : `webgpu: the package webgpu does not load here: ${message}`,
      { cause },
    );
  }
  for (const [name, value] of Object.entries(module.globals)) {
    if (!(name in globalThis)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  paceDawn(module.globals);
  // Times of kernels need not be rounded where no stranger's page reads them.
  return module.create(['disable-dawn-features=timestamp_quantization']);
}

/** What is to be done where Node finds no driver. */
const drivers: Readonly<Record<string, string>> = {
  linux:
    'Install the Vulkan driver of your card, or one that computes on the CPU: apt-get install libvulkan1 mesa-vulkan-drivers (Mesa 23 or later)',
  darwin: 'Metal comes with macOS: run where a GPU is (not in a virtual machine without one)',
  win32: 'Install the current driver of your graphics card',
};

async function findGpu({ navigator, isSecureContext, process }: Host): Promise<GPU> {
  if (navigator?.gpu) return navigator.gpu;
  if (process?.versions?.node !== undefined) return (dawn ??= loadDawn());
  if (isSecureContext === false) {
    throw new NoAdapterError('webgpu: this page is not secure, and WebGPU is for https and localhost alone.');
  }
  throw new NoAdapterError(
    'webgpu: this browser has no WebGPU. Use one that has (Chrome or Edge 113, Safari 26, Firefox 141 or later).',
  );
}

/** What an adapter says of itself. */
export type AdapterInfo = Partial<GPUAdapterInfo>;

/** At first adapters of browsers said nothing but whether they are a fallback (Chrome before 127). */
export function infoOf(
  adapter: Partial<Pick<GPUAdapter, 'info'>> & { readonly isFallbackAdapter?: boolean },
): AdapterInfo {
  return adapter.info ?? { isFallbackAdapter: adapter.isFallbackAdapter === true };
}

/** Whether an adapter is a program on the CPU. */
export function isSoftware(info: AdapterInfo): boolean {
  // Infos had no such flag at first.
  return info.isFallbackAdapter === true || /swiftshader|llvmpipe|basic render/i.test(nameOf(info));
}

/** The name of an adapter, for people. */
export const nameOf = ({ vendor, architecture, description }: AdapterInfo): string =>
  [vendor, architecture, description].filter(Boolean).join(' ') || 'a GPU';

/** Which adapter, as WebGpuOptions say it. */
interface Wanted {
  readonly powerPreference?: GPUPowerPreference;
  readonly software?: boolean;
}

/** How long a browser may take to start its GPU process anew, in milliseconds. */
const recovery = 3000;
/** When a device was last lost. For a moment its adapter may be gone too. */
let lastLoss = -Infinity;

export function noteLoss(): void {
  lastLoss = performance.now();
}

const isRecovering = (): boolean => performance.now() - lastLoss < recovery;

async function request(gpu: GPU, options: GPURequestAdapterOptions): Promise<GPUAdapter | null> {
  let adapter = await gpu.requestAdapter(options);
  while (!adapter && isRecovering()) {
    await new Promise((resolve) => void setTimeout(resolve, 100));
    adapter = await gpu.requestAdapter(options);
  }
  return adapter;
}

function cureOf({ process }: Host): string {
  const cure = process?.versions?.node === undefined ? undefined : drivers[process.platform ?? ''];
  if (cure !== undefined) return cure;
  return lastLoss > 0
    ? 'After a crash of its GPU process a browser may refuse to give it again: reload the page, or restart the browser'
    : 'WebGPU may be disabled in this browser, or its GPU be on a blocklist: see chrome://gpu';
}

/** An adapter. Rejects with NoAdapterError, which says why there is none. */
export async function findAdapter(
  { powerPreference = 'high-performance', software = true }: Wanted,
  host: Host = globalThis as Host,
): Promise<GPUAdapter> {
  const gpu = await findGpu(host);
  const adapter = await request(gpu, { powerPreference });
  if (!adapter) throw new NoAdapterError(`webgpu: no graphics adapter was found. ${cureOf(host)}.`);
  const info = infoOf(adapter);
  if (!software && isSoftware(info)) {
    throw new NoAdapterError(
      `webgpu: the adapter (${nameOf(info)}) is a program on the CPU. Use the wasm backend, which is faster there.`,
    );
  }
  return adapter;
}
