import { type Attack, posted, request } from './attack.js';

/** A name that is none, in the spellings that have got past somebody's check. */
const spellings: readonly string[] = [
  '../../etc/passwd',
  '..%2f..%2fetc%2fpasswd',
  '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
  '%252e%252e%252fetc%252fpasswd',
  '..%5c..%5cwindows%5cwin.ini',
  '..%c0%af..%c0%afetc',
  '%c0%ae%c0%ae%c0%af',
  '%e0%80%ae%e0%80%ae/',
  '..%u2215etc',
  '..%ef%bc%8fetc',
  '....//....//etc',
  '..;/manager',
  '.%00.',
  'a%00.json',
  '%00',
  '%0d%0aSet-Cookie:%20a=b',
  '%0aX: y',
  '%09',
  '%20',
  '+',
  '%2f',
  '%2fetc%2fpasswd',
  'file:%2f%2f%2fetc%2fpasswd',
  'http:%2f%2f127.0.0.1%2f',
  'C:%5cwindows',
  '%5c%5chost%5cshare',
  '~root',
  '.',
  '..',
  '%2e',
  '%2e%2e',
  '...',
  '-a',
  'a-',
  'A',
  '%c3%a4',
  '%e2%80%ae',
  '%f0%9f%98%80',
  '%ed%a0%80',
  '%ff',
  '%',
  '%zz',
  '%1',
  '$%7bjndi:ldap:%2f%2fx%7d',
  '%7b%7b7*7%7d%7d',
  "1'%20OR%20'1'='1",
  '%27%3bDROP%20TABLE%20graft_rows%3b--',
  '__proto__',
  'constructor',
  'tostring',
  '*',
  '%3f',
  '%23',
  '%3cscript%3e',
  'nul',
  'aux.json',
  'a'.repeat(65),
  'a'.repeat(8000),
  '%61'.repeat(2000),
];

export interface NamedRoute {
  readonly method: string;
  readonly path: string;
}

/** Every spelling on every route that takes a name. */
export function nameAttacks(routes: readonly NamedRoute[]): Attack[] {
  return routes.flatMap(({ method, path }) =>
    spellings.map((spelling) => {
      const target = path.replace(/\{\w+\}/, () => spelling).replaceAll('{version}', '1');
      const verb = method.toUpperCase();
      const bytes =
        verb === 'GET' || verb === 'DELETE'
          ? request(target, { method: verb })
          : posted(target, 'application/json', '{}', { method: verb });
      return { name: `${verb} ${path} ${spelling.slice(0, 40)}`, bytes };
    }),
  );
}

const list = '/v1/files';

/** Questions that no list answers. */
export const queryAttacks: readonly Attack[] = [
  'limit=-1',
  'limit=0',
  'limit=1e9',
  'limit=NaN',
  'limit=Infinity',
  'limit=',
  'limit=1&limit=2',
  'limit[]=1',
  'limit[__proto__]=1',
  '__proto__[admin]=1',
  '__proto__=1',
  'constructor[prototype][x]=1',
  'after=../../etc/passwd',
  'after=%00',
  "after=' OR 1=1--".replaceAll(' ', '%20'),
  'after=file-aaaaaaaaaaaaaaaa',
  'after[$gt]=',
  'tenant=other',
  `after=${'a'.repeat(7000)}`,
  'limit=%zz',
  'limit=99999999999999999999999999',
  'limit=0x10',
].map((query) => ({
  name: query.slice(0, 40),
  bytes: request(`${list}?${query}`),
  harmless: query === 'limit=0x10',
}));
