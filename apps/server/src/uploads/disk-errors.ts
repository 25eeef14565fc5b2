import { GraftError } from '@graft/core';

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left',
  EDQUOT: 'the quota is used up',
  EFBIG: 'the file would be larger than the system allows',
};

/** A full disk as the error that a caller can act on; other errors come back as they are. */
export function diskError(error: unknown): unknown {
  const reason = reasons[(error as NodeJS.ErrnoException | null)?.code ?? ''];
  if (!reason) return error;
  return new GraftError(
    'resource/disk-full',
    `Expected room on the disk for an upload. Received: ${reason}.`,
    {
      hint: 'Free some space on the server, or try again later.',
      cause: error,
    },
  );
}
