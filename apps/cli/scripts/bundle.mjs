// Bundles what tsc made of the terminal, with core, node and the small libraries, into dist/main.js and its chunks.
// docs/decisions/0005-one-bundle.md says why.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const require = createRequire(import.meta.url);
const dist = fileURLToPath(new URL('../dist', import.meta.url));

/** Where @graft/node is installed, as an expression in the bundle. */
const nodePackage = `import.meta.resolve('@graft/node')`;

const required = (path, from) =>
  `import { createRequire } from 'node:module'; const required = createRequire(${from})('${path}');`;

/** An import of CommonJS first searches its source for names: 0.2 s for TensorFlow.js. A `require` does not. */
const requireTensorFlow = {
  name: 'require-tensorflow',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@tensorflow\// }, ({ path }) => ({ path, namespace: 'required' }));
    onLoad({ filter: /./, namespace: 'required' }, ({ path }) => ({
      contents: `${required(path, 'import.meta.url')} export const { ${Object.keys(require(path))} } = required;`,
    }));
  },
};

/** The built-in models and sharp stay with @graft/node, which is installed beside. */
const leaveWithNode = {
  name: 'leave-with-node',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^sharp$/ }, ({ path }) => ({ path, namespace: 'with-node' }));
    onLoad({ filter: /./, namespace: 'with-node' }, ({ path }) => ({
      contents: `${required(path, nodePackage)} export default required;`,
    }));
    onLoad({ filter: /[\\/]packages[\\/]node[\\/]dist[\\/].*\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', nodePackage),
    }));
  },
};

/** What the libraries in the bundle ask to be passed on. */
function licences(files) {
  const folders = new Set(
    files.flatMap((file) => /^.*\/node_modules\/(@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []),
  );
  const texts = [...folders].sort().map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(dist, folder, 'package.json'), 'utf8'));
    const file = readdirSync(join(dist, folder)).find((name) => /^licen[cs]e/i.test(name));
    return `${name} ${version}\n\n${readFileSync(join(dist, folder, file), 'utf8').trim()}\n`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}

for (const name of readdirSync(dist)) {
  if (name !== 'modules') rmSync(join(dist, name), { recursive: true }); // chunks of an earlier build
}
const { metafile } = await build({
  absWorkingDir: dist,
  entryPoints: ['modules/main.js'],
  outdir: '.',
  bundle: true,
  splitting: true, // each command loads what it needs
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  sourcemap: true,
  sourcesContent: false,
  external: ['@graft/server'],
  plugins: [requireTensorFlow, leaveWithNode],
  // CommonJS libraries in the bundle require Node's own modules.
  banner: {
    js: `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);`,
  },
  logLevel: 'warning',
  metafile: true,
});
writeFileSync(join(dist, 'LICENCES.txt'), licences(Object.keys(metafile.inputs)));
