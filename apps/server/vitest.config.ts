import { defineConfig } from 'vitest/config';

export default defineConfig({
  // The heavy work is done by processes that the tests start; the workers themselves mostly wait.
  test: { testTimeout: 120_000, hookTimeout: 120_000, maxWorkers: 2 },
});
