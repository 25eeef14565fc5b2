import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Property tests and killed processes take a while on a busy machine.
  test: { testTimeout: 60_000 },
});
