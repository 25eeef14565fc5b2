import { GraftError, type InputSpec, type PretrainedModel } from '@graft/core';

/** What the flags say of the model's input; each wins over what the model says of itself. */
export interface InputFlags {
  readonly inputRange?: [number, number];
  readonly colorOrder?: 'rgb' | 'bgr';
  readonly inputMean?: number[];
  readonly inputStd?: number[];
  readonly resize?: 'stretch' | 'crop';
}

const flagNames = {
  inputRange: '--input-range',
  colorOrder: '--color-order',
  inputMean: '--input-mean',
  inputStd: '--input-std',
  resize: '--resize',
} as const;

/**
 * The model's input spec with the flags' values in place. A model that says nothing needs at least --input-range:
 * size and channels are read from its input, order rgb, mean 0, std 1 and stretching are what is left out by those
 * who state a range alone.
 *
 * @returns null: unknown, and nothing was said
 * @throws GraftError `usage/input-spec-needed`, `usage/input-spec`
 */
export function specWithFlags({ inputSpec, model }: PretrainedModel, flags: InputFlags): InputSpec | null {
  const given = (Object.keys(flagNames) as (keyof InputFlags)[]).filter((name) => flags[name] !== undefined);
  if (given.length === 0) return inputSpec;
  const spec =
    inputSpec ??
    specFromShape(model.inputs[0]?.shape ?? [], flags.inputRange, flagNames[given[0] as keyof InputFlags]);
  return {
    ...spec,
    range: flags.inputRange ?? spec.range,
    colorOrder: flags.colorOrder ?? spec.colorOrder,
    resize: flags.resize ?? spec.resize,
    mean: channelValues('--input-mean', flags.inputMean, spec.channels) ?? spec.mean,
    std: channelValues('--input-std', flags.inputStd, spec.channels) ?? spec.std,
  };
}

function specFromShape(
  shape: readonly (number | null)[],
  range: InputFlags['inputRange'],
  flag: string,
): InputSpec {
  const [, height, width, channels] = shape;
  if (shape.length !== 4 || !height || !width || (channels !== 1 && channels !== 3)) {
    throw new GraftError(
      'usage/input-spec',
      `Expected a model that takes pictures of a known size for ${flag}. Received one whose input is [${shape.map((n) => n ?? '?').join(', ')}].`,
    );
  }
  if (!range) {
    throw new GraftError(
      'usage/input-spec-needed',
      `Expected --input-range beside ${flag}. Received a model that does not say which values it takes.`,
      {
        hint: 'Look up how it was trained. Usual choices: --input-range 0,255; 0,1; -1,1; 0,1 with --input-mean .485,.456,.406 --input-std .229,.224,.225 (ImageNet); 0,255 with --color-order bgr --input-mean 103.939,116.779,123.68 (Caffe).',
      },
    );
  }
  return { width, height, channels, range, colorOrder: 'rgb', resize: 'stretch', mean: 0, std: 1 };
}

function channelValues(
  flag: string,
  values: readonly number[] | undefined,
  channels: number,
): number | number[] | undefined {
  if (values === undefined) return undefined;
  if (values.length !== 1 && values.length !== channels) {
    throw new GraftError(
      'usage/input-spec',
      `Expected one number or ${channels} for ${flag}. Received ${values.length}.`,
    );
  }
  if (flag === '--input-std' && values.includes(0)) {
    throw new GraftError('usage/input-spec', 'Expected numbers other than 0 for --input-std. Received 0.');
  }
  return values.length === 1 ? (values[0] as number) : [...values];
}
