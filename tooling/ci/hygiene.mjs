#!/usr/bin/env node
/** What must not be in the repository: traces of one machine or registry, large files, build output. */
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { conclude, ROOT, repositoryFiles } from './repository.mjs';

const LARGEST = 2 * 1024 * 1024; // bytes

const TEXTS = [
  [/(?<![\w.:/~-])\/(work|home|root|Users)\/[\w.-]+/, 'no path of one machine'],
  [
    /\b(registry\.npmjs\.org|registry\.yarnpkg\.com|npm\.pkg\.github\.com|pypi\.org|files\.pythonhosted\.org)\b/,
    'no registry',
  ],
  [/\/\/[\w.-]*(registry|artifactory|nexus|verdaccio|mirror)[\w-]*\.[\w.-]+/i, 'no registry'],
];
const OUTPUT = /(^|\/)(node_modules|dist|coverage|\.turbo)(\/|$)|\.(tsbuildinfo|tgz)$/;

const findings = [];
const files = repositoryFiles();
let total = 0;
for (const file of files) {
  if (OUTPUT.test(file)) findings.push(`${file}: Expected no build output.`);
  if (!lstatSync(join(ROOT, file)).isFile()) {
    findings.push(`${file}: Expected a plain file.`);
    continue;
  }
  const bytes = readFileSync(join(ROOT, file));
  total += bytes.length;
  if (bytes.length > LARGEST)
    findings.push(`${file}: Expected at most ${LARGEST} bytes. Received ${bytes.length}.`);
  for (const [index, line] of bytes.toString('latin1').split('\n').entries()) {
    for (const [pattern, wish] of TEXTS) {
      const found = pattern.exec(line)?.[0];
      if (found) findings.push(`${file}:${index + 1}: Expected ${wish}. Received ${found}.`);
    }
  }
}

const { packageManager, devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
if (packageManager !== `pnpm@${devDependencies.pnpm}`) {
  findings.push(
    `package.json: Expected one version of pnpm. Received ${packageManager} and ${devDependencies.pnpm}.`,
  );
}
conclude(findings, `${files.length} files, ${Math.round(total / 1024)} KB`);
