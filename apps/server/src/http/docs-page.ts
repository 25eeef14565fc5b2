import * as z from 'zod';
import type { Route } from './route.js';

/** The API as one page of plain HTML, made from the routes. */
export function docsPage(routes: readonly Route[], version: string): string {
  const tags = [...new Set(routes.map(({ tag }) => tag))];
  const sections = tags.map(
    (tag) =>
      `<h2 id="${anchorOf(tag)}">${tag}</h2>${routes
        .filter((route) => route.tag === tag)
        .map(operation)
        .join('')}`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Graft API</title><style>${style}</style>
<h1>Graft API ${escaped(version)}</h1>
<p>For programs: <a href="/openapi.json">/openapi.json</a>. Errors are RFC 9457 problems, with the same in OpenAI's
shape under <code>error</code>. Keys go into <code>Authorization: Bearer KEY</code>.</p>
<nav>${tags.map((tag) => `<a href="#${anchorOf(tag)}">${tag}</a>`).join(' ')}</nav>
${sections.join('\n')}</html>`;
}

function operation({ method, path, summary, scope, query, body, name }: Route): string {
  const parts = [
    query ? `<h4>Query</h4><pre>${schemaText(query)}</pre>` : '',
    body && 'json' in body ? `<h4>Body</h4><pre>${schemaText(body.json)}</pre>` : '',
    body && 'stream' in body
      ? `<p>${escaped(body.description)} (<code>${body.stream.join('</code>, <code>')}</code>)</p>`
      : '',
  ];
  return `<details id="${name}"><summary><b class="${method}">${method.toUpperCase()}</b> <code>${escaped(path)}</code>
<span>${escaped(summary)}</span><i>${scope ?? 'open'}</i></summary>${parts.join('')}</details>`;
}

function schemaText(schema: z.ZodType): string {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Record<
    string,
    unknown
  >;
  return escaped(JSON.stringify(json, null, 2));
}

const anchorOf = (tag: string): string => tag.replaceAll(' ', '-');

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => escapes[character] as string);

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
nav a { margin-right: 1rem; } h2 { text-transform: capitalize; margin-top: 2rem; }
details { border: 1px solid #8884; border-radius: 6px; margin: .4rem 0; padding: .5rem .8rem; }
summary { display: flex; gap: .8rem; cursor: pointer; align-items: baseline; flex-wrap: wrap; }
summary b { width: 4rem; } summary span { flex: 1; } summary i { opacity: .6; }
.get { color: #0a7; } .post { color: #36c; } .put, .patch { color: #a60; } .delete { color: #c33; }
pre { overflow: auto; background: #8881; padding: .8rem; border-radius: 6px; font-size: 13px; }`;
