// The public names, in the order of the story.

// Errors and warnings

export type { ErrorCode, ErrorFamily, GraftErrorOptions, Warning } from './errors.js';
export { GraftError } from './errors.js';

// A backend that trains right

export { prepareBackend } from './tfjs/prepare-backend.js';
export type { BackendCandidate, BackendReport } from './use-backend.js';
export { tryBackend, useBackend } from './use-backend.js';

// Load a pretrained model and look at it

export type { LayerSummary, ModelSummary } from './model/inspect.js';
export { inspect } from './model/inspect.js';
export type { ModelMetadata } from './model/model-metadata.js';
export { teachableMachineMetadata } from './model/model-metadata.js';
export { nearest } from './model/near-misses.js';
export type { LoadedModel, LoadOptions, PretrainedModel } from './model/pretrained-model.js';
export { loadPretrained } from './model/pretrained-model.js';

// Examples

export type { Dataset, Target, Task, TrainingData } from './data/dataset.js';
export { arrayDataset, subset, withTargets } from './data/dataset.js';
export type { InputSpec } from './data/input-spec.js';
export { inputSpecSchema } from './data/input-spec.js';
export type { RgbImage } from './data/pixels.js';
export { pixelsToInput } from './data/pixels.js';
export type { IndexedSplit, Split } from './data/split.js';
export { splitDataset } from './data/split.js';
export type { Random } from './random.js';
export { randomStream, shuffled } from './random.js';

// The recipe

export { parsePhase, parseRecipe } from './recipe/parse-recipe.js';
export type {
  FreezePlan,
  HeadSpec,
  OptimizerSpec,
  Phase,
  PhaseInput,
  Recipe,
  ScheduleSpec,
} from './recipe/recipe.js';
export { recipeSchema } from './recipe/recipe.js';
export type { RecipeWishes } from './recipe/resolve-recipe.js';
export { resolveRecipe } from './recipe/resolve-recipe.js';

// Cut, put a head on, freeze

export { freeze } from './freezing/freeze.js';
export type { HeadBuilder, HeadOutput } from './model/heads.js';
export { standardHead } from './model/heads.js';
export { randomizeWeights } from './model/random-weights.js';
export type { ReplaceHeadOptions } from './model/replace-head.js';
export { cutBefore, defaultCut, replaceHead } from './model/replace-head.js';
export type { TransferModel } from './model/transfer-model.js';

// Train

export type { ParameterCount, TrainingEvent } from './events.js';
export type { FineTuneInput, FineTuneOptions, FineTuneReport } from './training/fine-tune.js';
export { fineTune } from './training/fine-tune.js';
export type { EpochPoint, PhaseReport, TrainOptions } from './training/phase-report.js';
export { train } from './training/train.js';

// Evaluate and predict

export type { RunOptions } from './training/evaluate.js';
export { evaluate } from './training/evaluate.js';
export type {
  ClassificationEvaluation,
  ClassScore,
  Evaluation,
  RegressionEvaluation,
} from './training/metrics.js';
export type { Prediction } from './training/predict.js';
export { predict, predictAll, predictionsFrom, predictValues } from './training/predict.js';

// Save, prove, report

export type { ReportPicture } from './report/example-pictures.js';
export type { ReportOptions } from './report/render-report.js';
export { renderReport } from './report/render-report.js';
export { save } from './saving/artifacts.js';
export type { RunFacts } from './saving/create-run-record.js';
export { createRunRecord } from './saving/create-run-record.js';
export type { FreezeProof, WeightFate, WeightProof } from './saving/freeze-proof.js';
export { countFates, describeProof, fateOf, proveFreeze } from './saving/freeze-proof.js';
export { sha256 } from './saving/hash.js';
export { topologyHash, weightsHash } from './saving/run-hashes.js';
export type { RunRecord } from './saving/run-record.js';
export { parseRunRecord, runRecordSchema } from './saving/run-record.js';
export type { Verification } from './saving/verify.js';
export { verify } from './saving/verify.js';
