// The public names, in the order of the story.

// A backend that only Node has.

export { loadTfjsNode } from './load-tfjs-node.js';

// Find a model and load it.

export type { BuiltInModel } from './built-in-models.js';
export { builtInModels } from './built-in-models.js';
export type { FoundModel } from './find-model.js';
export { findModel } from './find-model.js';
export { modelDirectory, readModelMetadata } from './model-directory.js';

export type { OpenedModel } from './open-model.js';
export { openModel } from './open-model.js';

// Read the data to learn from, to test on, to predict on.

export type { BadFile } from './checked-images.js';
export type { EvaluationData, FileData, ReadDataOptions, ReadEvaluationDataOptions } from './file-data.js';
export { readData, readEvaluationData } from './read-data.js';
export type { Inputs, ReadInputsOptions } from './read-inputs.js';
export { readInputs } from './read-inputs.js';

// Single pictures.

export { encodePng, thumbnail } from './encode-image.js';
export { decodeImage, imageInput } from './images.js';

// Write a run, and read it again.

export type { WriteRunOptions } from './check-out.js';
export { checkOut } from './check-out.js';
export type { SaveRunOptions } from './save-run.js';
export { saveRun } from './save-run.js';
export { writeRun } from './write-run.js';

// From files to a run; results as every front end answers them.

export { evaluationResult } from './evaluation-result.js';
export { inspectResult } from './inspect-result.js';
export type { TuneRequest, TuneSurroundings } from './tune-files.js';
export { tuneFiles } from './tune-files.js';
export { tuneResult } from './tune-result.js';

// JSON that someone else wrote.

export { parsePlainJson } from './plain-json.js';

// Runs that are there.

export { readRunRecord } from './read-run-record.js';
export { recoverRun } from './recover-run.js';
