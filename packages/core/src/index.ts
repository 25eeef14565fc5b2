// The public names, in the order of the story: load, inspect, cut, freeze, train, prove, save.
export type { ErrorCode, ErrorFamily, GraftErrorOptions, Warning } from './errors.js';
export { GraftError } from './errors.js';
export type { ParameterCount, TrainingEvent } from './events.js';
export type { Dataset, Target, Task, TrainingData } from './data/dataset.js';
export { arrayDataset, subset } from './data/dataset.js';
export type { InputSpec } from './data/input-spec.js';
export { inputSpecSchema } from './data/input-spec.js';
export type { FreezePlan, HeadSpec, OptimizerSpec, Phase, Recipe, ScheduleSpec } from './recipe/recipe.js';
export { recipeSchema } from './recipe/recipe.js';
