import { readFileSync } from 'node:fs';
import { type Route, route } from '../http/route.js';

const files = [
  { path: '/', name: 'page', file: 'index.html', type: 'text/html' },
  { path: '/page/page.js', name: 'pageScript', file: 'page.js', type: 'text/javascript' },
  { path: '/page/page.css', name: 'pageStyle', file: 'page.css', type: 'text/css' },
] as const;

/** The page on which a person uploads a folder, watches it train, and tries it. */
export function pageRoutes(): Route[] {
  return files.map(({ path, name, file, type }) => {
    const bytes = readFileSync(new URL(`../../page/${file}`, import.meta.url));
    return route({
      method: 'get',
      path,
      name,
      summary: `The page: ${file}`,
      tag: 'page',
      scope: null,
      answers: { 200: { content: type } },
      handle: async () => ({ status: 200, bytes, headers: { 'content-type': `${type}; charset=utf-8` } }),
    });
  });
}
