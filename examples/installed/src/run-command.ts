import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const windows = process.platform === 'win32';
const workspaceTools = join('node_modules', '.bin');

/** What a user's shell has: no tools of the workspace on PATH, nothing that npm or pnpm told their scripts, and no settings of npm. */
function userEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|pnpm_|node_|vitest|test)/i.test(name));
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.endsWith(workspaceTools));
  return {
    ...Object.fromEntries(kept),
    PATH: path.join(delimiter),
    npm_config_userconfig: 'no-user-config',
    npm_config_globalconfig: 'no-global-config',
  };
}

/** Runs a command in a folder as its user would: with the Node and the npm of the machine. */
export async function runCommand(folder: string, command: string, ...args: string[]): Promise<Finished> {
  const child = spawn(command, args, {
    cwd: folder,
    env: userEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: windows, // npm and npx are .cmd files there
  });
  const ended = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, out, err };
}
