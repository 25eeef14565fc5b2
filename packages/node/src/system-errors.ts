import { GraftError } from '@graft/core';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is not a directory',
  ELOOP: 'its symbolic links go round in a circle',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many open files',
  ENOSPC: 'no space left on the disk',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
};

/** The code of an error from the operating system, for example `ENOENT`. */
export function systemCode(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  return error instanceof Error && typeof code === 'string' ? code : null;
}

/** An error from the operating system in words. */
export function systemReason(error: unknown): string {
  return reasons[systemCode(error) ?? ''] ?? (error instanceof Error ? error.message : String(error));
}

/** A full disk as the error that a person can act on; other errors come back as they are. */
export function writeError(error: unknown, path: string): unknown {
  const code = systemCode(error);
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new GraftError(
    'resource/disk-full',
    `Expected room to write "${path}". Received: ${systemReason(error)}.`,
    {
      hint: 'Free some space, or write to another disk.',
      details: { path },
      cause: error,
    },
  );
}
