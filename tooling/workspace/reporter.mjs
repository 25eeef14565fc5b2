import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** In each package; an output of turbo's test task, so that a cached task still says what it proved. */
export const REPORT = 'node_modules/.cache/graft/tests.json';

/**
 * A vitest reporter that writes `{ passed, failed: [name], skipped: [{ name, reason }] }` for the package.
 * A file that does not load, a failing hook and an unhandled error count as failures too.
 */
// biome-ignore lint/style/noDefaultExport: vitest takes a reporter by its default export.
export default class SummaryReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const summary = {
      passed: 0,
      failed: unhandledErrors.map((error) => `unhandled ${error.message}`),
      skipped: [],
    };
    for (const module of modules) {
      const nameOf = (test) => [module.relativeModuleId, test.fullName].filter(Boolean).join(' > ');
      for (const part of [module, ...module.children.allSuites()]) {
        if (part.errors().length > 0) summary.failed.push(nameOf(part));
      }
      for (const test of module.children.allTests()) {
        const { state, note } = test.result();
        if (state === 'passed') summary.passed++;
        else if (state === 'failed') summary.failed.push(nameOf(test));
        else
          summary.skipped.push({
            name: nameOf(test),
            reason: note ?? (state === 'skipped' ? '' : 'did not run'),
          });
      }
    }
    if (modules.length === 0) summary.failed.push('no test files');
    mkdirSync(dirname(REPORT), { recursive: true });
    writeFileSync(REPORT, JSON.stringify(summary));
  }
}
