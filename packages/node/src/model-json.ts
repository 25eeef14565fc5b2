import { GraftError } from '@graft/core';
import type { io } from '@tensorflow/tfjs-core';
import * as z from 'zod';
import { checkWeightPath, type WeightGroup, weightGroupsSchema } from './weights-manifest.js';

const modelJsonSchema = z.looseObject({
  format: z.string().nullish(),
  modelTopology: z.record(z.string(), z.unknown()).nullish(),
  weightsManifest: weightGroupsSchema.nullish(),
  generatedBy: z.string().nullish(),
  convertedBy: z.string().nullish(),
  userDefinedMetadata: z
    .record(
      z.string(),
      z.custom<object>((value) => value !== undefined),
    )
    .nullish(),
});

/** A model.json that was found sound. */
export interface ModelJson
  extends Pick<io.ModelArtifacts, 'format' | 'generatedBy' | 'convertedBy' | 'userDefinedMetadata'> {
  readonly modelTopology: object;
  readonly groups: readonly WeightGroup[];
}

/**
 * Checks what a model.json says. A missing `format` means a LayersModel, as in files of old converters.
 *
 * @throws GraftError `model/graph-model`, `model/unknown-format`, `model/no-topology`, `model/bad-manifest`,
 *   `model/bad-path`
 */
export function parseModelJson(json: unknown, name: string): ModelJson {
  const parsed = modelJsonSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new GraftError(
      'model/bad-manifest',
      `Expected "${name}" to be a TensorFlow.js model. Received at ${issue?.path.join('.') || 'its top'}: ${issue?.message}.`,
      {
        details: { path: issue?.path.join('.') ?? null },
      },
    );
  }
  const { format, modelTopology, weightsManifest, generatedBy, convertedBy, userDefinedMetadata } =
    parsed.data;
  if (format === 'graph-model' || Array.isArray(modelTopology?.node)) {
    throw new GraftError(
      'model/graph-model',
      `Expected a LayersModel. Received "${name}", a GraphModel, which has no layers to cut between.`,
      {
        hint: 'Convert the Keras model with --output_format tfjs_layers_model.',
      },
    );
  }
  if (format && format !== 'layers-model') {
    throw new GraftError(
      'model/unknown-format',
      `Expected format "layers-model". Received "${format}" in "${name}".`,
    );
  }
  if (!modelTopology) {
    throw new GraftError(
      'model/no-topology',
      `Expected "${name}" to describe the layers. Received weights alone.`,
      {
        hint: 'Export the whole model, not only its weights.',
      },
    );
  }
  const groups = weightsManifest ?? [];
  const paths = groups.flatMap((group) => group.paths);
  for (const path of paths) checkWeightPath(path);
  const repeated = paths.find((path, index) => paths.indexOf(path) < index);
  if (repeated !== undefined) {
    throw new GraftError(
      'model/bad-manifest',
      `Expected each weight file once. Received "${repeated}" twice in "${name}".`,
    );
  }
  return {
    modelTopology,
    groups,
    format: 'layers-model',
    ...(generatedBy ? { generatedBy } : {}),
    ...(convertedBy ? { convertedBy } : {}),
    ...(userDefinedMetadata ? { userDefinedMetadata } : {}),
  };
}

/** The text of a model.json with one weight file. Equal models give equal text. */
export function writeModelJson(artifacts: io.ModelArtifacts, weightsFile: string): string {
  const { modelTopology, userDefinedMetadata, generatedBy, convertedBy, weightSpecs = [] } = artifacts;
  return JSON.stringify({
    format: 'layers-model',
    generatedBy: generatedBy ?? null,
    convertedBy: convertedBy ?? null,
    modelTopology,
    ...(userDefinedMetadata ? { userDefinedMetadata } : {}),
    weightsManifest: [{ paths: [weightsFile], weights: weightSpecs }],
  });
}
