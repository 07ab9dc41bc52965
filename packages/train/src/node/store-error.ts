import { StoreError } from '../checkpoint-store.ts';

/** The system's name for what happened, such as `ENOENT`. */
export function codeOf(cause: unknown): string {
  const { code } = cause as { code?: unknown };
  return typeof code === 'string' ? code : '';
}

const known: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full. Free some of it, or use another folder.',
  EDQUOT: 'the disk quota is used up. Free some of it, or use another folder.',
  EFBIG: 'the file would be larger than allowed. Use another folder, or raise the limit.',
  EROFS: 'the file system is read-only. Use another folder.',
  EACCES: 'there is no permission. Use another folder, or change its permissions.',
  EPERM: 'there is no permission. Use another folder, or change its permissions.',
  ENOTDIR: 'a part of the path is a file. Use another folder.',
  EEXIST: 'it is a file. Use another folder.',
  EISDIR: 'it is a folder. Use another name.',
};

/** What `op` throws where the system refused: `what` says what could not be done to the path. */
export function storeError(op: string, path: string, what: string, cause: unknown): StoreError {
  const code = codeOf(cause);
  const reason = known[code] ?? `${cause instanceof Error ? cause.message : String(cause)}. Check the path.`;
  return new StoreError(op, path, `${path} cannot be ${what}: ${reason}`, { code, cause });
}
