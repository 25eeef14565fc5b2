import { defineConfig } from 'vitest/config';

export default defineConfig({
  // The work is done by processes that the tests start; the workers themselves mostly wait.
  test: { globalSetup: 'src/testing/fixtures.ts', testTimeout: 180_000, maxConcurrency: 3, maxWorkers: 2 },
});
