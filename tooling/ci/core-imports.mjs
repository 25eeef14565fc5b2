#!/usr/bin/env node
/** Core runs on any platform: it imports no backend, no file system and no DOM (docs/architecture.md). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importsOf } from './imports.mjs';
import { conclude, ROOT, repositoryFiles } from './repository.mjs';

const CORE = 'packages/core/';
const ALLOWED = /^(\.|zod$|@tensorflow\/tfjs-(core|layers|converter)$)/;

const findings = [];
const sources = repositoryFiles().filter(
  (file) => file.startsWith(`${CORE}src/`) && !file.endsWith('.test.ts') && !file.includes('/testing/'),
);
for (const file of sources) {
  for (const { specifier, line } of importsOf(readFileSync(join(ROOT, file), 'utf8'))) {
    if (ALLOWED.test(specifier) && !specifier.includes('/testing/')) continue;
    findings.push(
      `${file}:${line}: Expected core to import only itself, zod and tfjs. Received '${specifier}'.`,
    );
  }
}

// With these two settings the compiler knows neither Node's globals nor the DOM's.
const { lib, types } = JSON.parse(readFileSync(join(ROOT, CORE, 'tsconfig.json'), 'utf8')).compilerOptions;
if (`${lib}` !== 'ES2023,WebWorker' || `${types}` !== '') {
  findings.push(
    `${CORE}tsconfig.json: Expected lib ES2023, WebWorker and no types. Received lib ${lib}, types ${types}.`,
  );
}
conclude(findings, `${sources.length} files of core import only itself, zod and tfjs`);
