import { EventEmitter } from 'node:events';
import type { Bell } from './bell.js';

/** Wakes the workers of this process. */
export function localBell(): Bell {
  const emitter = new EventEmitter();
  return {
    async ring() {
      emitter.emit('ring');
    },
    async listen(onRing) {
      emitter.on('ring', onRing);
      return async () => {
        emitter.off('ring', onRing);
      };
    },
    async close() {
      emitter.removeAllListeners();
    },
  };
}
