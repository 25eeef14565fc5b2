const SPECIFIER = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)(['"`])([^'"`\n]+)\1/g;

/** The module names in a TypeScript or JavaScript source, comments excepted, with their lines. */
export function importsOf(source) {
  const blank = (comment) => comment.replace(/[^\n]/g, ' ');
  const code = source.replace(/\/\*[\s\S]*?\*\//g, blank).replace(/(^|\s)\/\/.*/g, blank);
  return [...code.matchAll(SPECIFIER)].map((match) => ({
    specifier: match[2],
    line: code.slice(0, match.index).split('\n').length,
  }));
}
