/** Blocks in these languages are for the reader to run, so they are run here. */
const RUNNABLE = new Set(['sh', 'bash', 'shell', 'js', 'mjs', 'javascript', 'ts', 'typescript']);
const LANGUAGES = new Set(['sh', 'js', 'ts']);

/**
 * The fenced blocks of a Markdown page that are run: those with `run` behind the language, as in "```sh run".
 * With `run repository` a block runs at the top of the repository instead of a folder of its page. A block in an HTML
 * comment counts too: it prepares what the visible ones need.
 *
 * @param {string} markdown
 * @returns {{ blocks: { language: string, atTop: boolean, line: number, code: string }[], findings: string[] }}
 *   `line` is that of the opening fence; a finding starts with its line and a colon
 */
export function codeBlocks(markdown) {
  const blocks = [];
  const findings = [];
  let open = null;
  for (const [index, text] of markdown.split(/\r?\n/).entries()) {
    const fence = /^(\s*)(`{3,}|~{3,})\s*(.*)$/.exec(text);
    if (open) {
      if (fence?.[2].startsWith(open.fence) && fence[3] === '') {
        if (open.run) blocks.push({ ...open.block, code: open.lines.join('\n') });
        open = null;
      } else open.lines.push(text.startsWith(open.indent) ? text.slice(open.indent.length) : text);
    } else if (fence) {
      const line = index + 1;
      const [language = '', ...words] = fence[3].split(/\s+/);
      const run = words[0] === 'run';
      if (run ? !LANGUAGES.has(language) : RUNNABLE.has(language)) {
        const wish = 'a block of sh, js or ts with `run` behind the language, or another language';
        findings.push(`${line}: Expected ${wish}. Received \`${fence[3]}\`.`);
      }
      const block = { language, atTop: words[1] === 'repository', line };
      open = { fence: fence[2], indent: fence[1], run, block, lines: [] };
    }
  }
  if (open) findings.push(`${open.block.line}: Expected the block to end. Received the end of the page.`);
  return { blocks, findings };
}
