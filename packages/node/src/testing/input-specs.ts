import type { InputSpec } from '@graft/core';

/** A picture of 2 x 2 colours from 0 to 1, but for what is named. */
export const inputSpecOf = (changes: Partial<InputSpec> = {}): InputSpec => ({
  width: 2,
  height: 2,
  channels: 3,
  range: [0, 1],
  colorOrder: 'rgb',
  resize: 'stretch',
  mean: 0,
  std: 1,
  ...changes,
});
