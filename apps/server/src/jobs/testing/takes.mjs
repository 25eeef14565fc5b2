// A job's process that takes more and more of what its suffix says: memory, disk or time. It never ends by itself,
// but with its parent.
import { appendFileSync } from 'node:fs';

process.on('disconnect', () => process.exit(1));
process.once('message', ({ request, out }) => {
  const kept = [];
  process.send({ type: 'event', event: { type: 'data', done: 0, total: 1 } });
  setInterval(() => {
    if (request.suffix === 'memory') kept.push(Buffer.alloc(20 * 2 ** 20, 1));
    if (request.suffix === 'disk') appendFileSync(`${out}.part`, Buffer.alloc(2 ** 20));
  }, 20);
});
