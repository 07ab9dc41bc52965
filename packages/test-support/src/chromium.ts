import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const known = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Where Chromium is: what CHROMIUM names, else where systems have it; undefined where it is nowhere. */
export const chromiumPath = process.env['CHROMIUM'] ?? known.find((path) => existsSync(path));

export interface LaunchOptions {
  /** Whether pages have WebGPU, which Linux has behind a flag; without a GPU it is computed on the CPU then. Default false. */
  readonly webgpu?: boolean;
  readonly args?: readonly string[];
}

/** A browser of its own. Throws RangeError where there is no Chromium. */
export async function launchChromium({ webgpu = false, args = [] }: LaunchOptions = {}): Promise<Browser> {
  if (!chromiumPath) throw new RangeError('no Chromium was found. Install one, or say where it is by CHROMIUM=path.');
  const flags = webgpu ? ['--enable-unsafe-webgpu'] : [];
  return chromium.launch({ executablePath: chromiumPath, args: [...flags, ...args] });
}
