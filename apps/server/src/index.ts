// The public names, in the order of the story.

export type { Config, Limits, PredictionSettings } from './config.js';
export { defaults } from './config.js';
export type { Log } from './log.js';
export { createLog } from './log.js';
export type { RunningServer } from './serve.js';
export { serve } from './serve.js';
