import type { HistoryEntry, Records } from '../stores/records.js';
import type { Reply } from './route.js';

export interface HistoryToFollow {
  readonly records: Records;
  readonly stream: string;
  /** `Last-Event-ID` of the client: goes on behind it. */
  readonly after: string | string[] | undefined;
  readonly signal: AbortSignal;
  readonly write: (entry: HistoryEntry) => { readonly event: string; readonly data: unknown };
  /** Whether nothing more will come. */
  readonly over: () => Promise<boolean>;
}

const pollMilliseconds = 300;
const keepAliveMilliseconds = 15_000;
const pageSize = 500;

/**
 * A history as server-sent events: what is there, then what comes, until it is over. The id of an event is its
 * sequence number, so that a client that lost the connection misses nothing and sees nothing twice.
 */
export function followHistory({ records, stream, after, signal, write, over }: HistoryToFollow): Reply {
  return {
    takeOver: async (response) => {
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no', // nginx would hold events back
      });
      let seen = Math.max(0, Math.floor(Number(after ?? 0)) || 0);
      let spoke = Date.now();
      const say = async (text: string) => {
        spoke = Date.now();
        if (!response.write(text)) {
          await new Promise<void>((resolve) => {
            response.once('drain', resolve).once('close', resolve);
          });
        }
      };
      while (!signal.aborted) {
        const ended = await over(); // asked before reading: what was written before the end is then in the page
        const entries = await records.history(stream, seen, pageSize);
        for (const entry of entries) {
          const { event, data } = write(entry);
          await say(`id: ${entry.sequence}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
          seen = entry.sequence;
        }
        if (entries.length === pageSize) continue;
        if (ended) break;
        if (Date.now() - spoke > keepAliveMilliseconds) await say(': still here\n\n');
        await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
      }
      if (!signal.aborted) response.write('event: done\ndata: [DONE]\n\n');
      response.end();
    },
  };
}
