// The public names, in the order of the story: find a model, read the data, decode, write the run, read it again.
export type { BuiltInModel } from './built-in-models.js';
export { builtInModels } from './built-in-models.js';
export type { BadFile } from './checked-images.js';
export type { FoundModel } from './find-model.js';
export { findModel } from './find-model.js';
export { decodeImage, imageInput } from './images.js';
export { modelDirectory, readModelMetadata } from './model-directory.js';
export type { EvaluationData, FileData, ReadDataOptions, ReadEvaluationDataOptions } from './read-data.js';
export { readData, readEvaluationData } from './read-data.js';
export type { Inputs, ReadInputsOptions } from './read-inputs.js';
export { readInputs } from './read-inputs.js';
export { readRunRecord } from './read-run-record.js';
export { recoverRun } from './recover-run.js';
export type { WriteRunOptions } from './write-run.js';
export { checkOut, writeRun } from './write-run.js';
