/**
 * The database or the bucket does not answer now. Nothing is wrong with the request: the same one may succeed later.
 *
 * @example
 * if (error instanceof StoreUnavailable) response.status(503).set('Retry-After', '5');
 */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
  /**
   * The connection broke after the order to commit was sent: the changes may have been made. Read before you try
   * again; otherwise an entry may be appended twice.
   */
  readonly uncertain: boolean;

  constructor(store: string, cause: unknown, { uncertain = false } = {}) {
    const reason = cause instanceof Error && cause.message !== '' ? cause.message : String(cause);
    super(`Expected ${store} to answer. Received: ${reason}. Try again later.`, { cause });
    this.uncertain = uncertain;
  }
}
