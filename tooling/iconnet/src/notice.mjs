/** The short licences, in full; Apache-2.0 has its own file beside the icons. */
const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

const ISC = `Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby
granted, provided that the above copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL
IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF
THIS SOFTWARE.`;

/** One line for each icon set that `icons` come from. */
function setTable(iconSets, icons) {
  const rows = iconSets.flatMap(({ set, version, license, title, author, source }) => {
    const count = icons.filter((icon) => icon.set === set).length;
    const home = source ?? 'see the npm package';
    return count
      ? [`| ${title} | \`@iconify-json/${set}\` ${version} | ${license} | ${author} | ${home} | ${count} |`]
      : [];
  });
  return [
    '| set | npm package | licence | copyright | source | icons |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

/** NOTICE of the network: the icons that it learned from. */
export function modelNotice(iconSets, icons) {
  return `# Notice

iconnet was trained by tooling/iconnet on pictures of the icons below. The weights contain no icon. Each set keeps its
own licence and copyright.

${setTable(iconSets, icons)}
`;
}

/** NOTICE of the sprite: its icons are copies, so the licences come with them. */
export function spriteNotice(iconSets, icons) {
  return `# Notice

\`icons.png\` contains icons of the sets below. Changed: each was drawn at 32 x 32 pixels in shades of grey, black on
white. \`icons.json\` names set and icon of every tile. Icons that show a trademark remain the trademark of its owner.

${setTable(iconSets, icons)}

The text of the Apache License 2.0 is in \`NOTICE-Apache-2.0.txt\`. CC0-1.0 waives all rights.

## MIT

${MIT}

## ISC

${ISC}
`;
}
