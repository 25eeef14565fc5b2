import { expect, test } from 'vitest';
import { checkNode } from './ground.mjs';

test.each([
  ['20.19.0', true],
  ['20.20.2', true],
  ['20.18.9', false],
  ['21.7.0', false],
  ['22.12.9', false],
  ['22.13.0', true],
  ['24.0.0', true],
  ['18.20.1', false],
])('Node %s: %s', (version, accepted) => {
  const check = () => checkNode(version, '^20.19.0 || >=22.13.0');
  if (accepted) expect(check).not.toThrow();
  else expect(check).toThrow(`Received ${version}`);
});
