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
  EFBIG: 'the file would be larger than the system allows',
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

/**
 * A full disk as the error that a person can act on, with the path that this person knows; other errors come back
 * as they are.
 */
export function writeError(error: unknown, path: string): unknown {
  const cause = error instanceof GraftError ? error.cause : error;
  const code = systemCode(cause);
  if (code !== 'ENOSPC' && code !== 'EDQUOT' && code !== 'EFBIG') return error;
  return new GraftError(
    'resource/disk-full',
    `Expected room to write "${path}". Received: ${systemReason(cause)}.`,
    {
      hint: 'Free some space, or write to another disk.',
      details: { path },
      cause,
    },
  );
}
