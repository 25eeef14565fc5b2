/**
 * Does a layer name match? `*` stands for any run of characters, slashes too; `?` for one character.
 *
 * @example
 * matchesGlob('block_1/conv', 'block_1*'); // true
 */
export function matchesGlob(name: string, glob: string): boolean {
  const pattern = glob
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${pattern}$`, 's').test(name);
}
