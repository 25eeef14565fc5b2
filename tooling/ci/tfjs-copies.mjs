#!/usr/bin/env node
/** Two copies of tfjs-core in one process have two kernel registries, so a kernel of the one is missing in the other. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { conclude, ROOT } from './repository.mjs';

const copies = readdirSync(join(ROOT, 'node_modules/.pnpm')).filter((name) =>
  name.startsWith('@tensorflow+tfjs-core@'),
);
conclude(
  copies.length === 1
    ? []
    : [`Expected one copy of @tensorflow/tfjs-core. Received ${copies.join(', ') || 'none'}.`],
  `one copy: ${copies[0]}`,
);
