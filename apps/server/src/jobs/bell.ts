/** Wakes workers when there may be something to do. The queue itself is the rows. */
export interface Bell {
  /** Never fails: workers look by themselves too. */
  ring(): Promise<void>;
  /** @returns how to stop listening */
  listen(onRing: () => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}
