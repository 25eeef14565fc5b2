import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { globalSetup: 'src/testing/fixtures.ts', testTimeout: 60_000, maxConcurrency: 3 },
});
