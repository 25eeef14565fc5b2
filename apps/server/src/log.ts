import { type Logger, pino } from 'pino';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'>;

/**
 * JSON lines on stderr. What is secret in a request never gets in: headers are not logged, only what is named.
 *
 * @param level 'silent' for tests
 */
export function createLog(level: string): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: ['key', 'token', 'secret', '*.key', '*.token', '*.secret', 'authorization', '*.authorization'],
      },
    },
    pino.destination({ fd: 2, sync: false }),
  );
}
