// A registry of packages on this machine, so that npm resolves and installs as it would from the real one, without a network:
// ours as they were packed, and those of others out of the workspace's own node_modules.

import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly exports?: Record<string, Record<string, string>>;
  readonly [field: string]: unknown;
}

/** A package that was packed. */
export interface Packed {
  readonly manifest: Manifest;
  readonly tarball: string;
}

export interface Registry {
  readonly url: string;
  close(): void;
}

const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

/** Every version of a package that pnpm has installed: manifest and folder. */
function installed(root: string, name: string): Map<string, { manifest: Manifest; folder: string }> {
  const store = join(root, 'node_modules', '.pnpm');
  const folders = readdirSync(store)
    .filter((entry) => entry.startsWith(`${name.replace('/', '+')}@`))
    .map((entry) => join(store, entry, 'node_modules', name))
    .filter((folder) => existsSync(join(folder, 'package.json')));
  return new Map(
    folders.map((folder) => {
      const manifest = readManifest(folder);
      return [manifest.version, { manifest, folder }];
    }),
  );
}

/** Sends a folder as npm packs one: a gzipped archive with the folder `package` around everything. */
function sendFolder(response: ServerResponse, folder: string): void {
  // pnpm links files of the same content, and npm unpacks no links.
  const copy = mkdtempSync(join(tmpdir(), 'rushlight registry '));
  cpSync(folder, join(copy, 'package'), { recursive: true, filter: (path) => path !== join(folder, 'node_modules') });
  const tar = spawn('tar', ['-czf', '-', 'package'], { cwd: copy, stdio: ['ignore', 'pipe', 'inherit'] });
  tar.on('error', (error) => response.destroy(error));
  tar.on('close', () => rmSync(copy, { recursive: true }));
  tar.stdout.pipe(response);
}

/** Serves `packed`, and what is in the node_modules of the workspace at `root`, on a port of its own. */
export async function openRegistry(root: string, packed: readonly Packed[]): Promise<Registry> {
  const ours = new Map(packed.map((one) => [one.manifest.name, one]));
  let url = '';

  const document = (name: string): object | undefined => {
    const own = ours.get(name);
    const manifests = own ? [own.manifest] : [...installed(root, name).values()].map(({ manifest }) => manifest);
    if (manifests.length === 0) return undefined;
    const dist = ({ version }: Manifest) => ({ tarball: `${url}/-/tarball/${version}/${name}` });
    return {
      name,
      'dist-tags': { latest: manifests.at(-1)?.version },
      versions: Object.fromEntries(manifests.map((one) => [one.version, { ...one, dist: dist(one) }])),
    };
  };

  const server: Server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').slice(1);
    const [, version, name] = /^-\/tarball\/([^/]+)\/(.+)$/.exec(path) ?? [];
    if (version !== undefined && name !== undefined) {
      const own = ours.get(name);
      if (own) response.end(readFileSync(own.tarball));
      else sendFolder(response, installed(root, name).get(version)?.folder ?? root);
      return;
    }
    const found = document(path);
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(found ?? { error: 'not found' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, close: () => void server.close() };
}
