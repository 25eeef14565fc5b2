import { layers } from '@tensorflow/tfjs-layers';
import { image, type LayerCase, layerCase, rows, sequence } from './layer-case.js';

const normalizations: LayerCase[] = [true, false].flatMap((training) => {
  const mode = training ? 'training' : 'inference';
  return [
    layerCase(`BatchNormalization rank 2 ${mode}`, [[6, 4]], () => layers.batchNormalization({}), {
      training,
    }),
    layerCase(`BatchNormalization rank 3 ${mode}`, sequence, () => layers.batchNormalization({}), {
      training,
    }),
    layerCase(`BatchNormalization rank 4 ${mode}`, image, () => layers.batchNormalization({}), { training }),
    layerCase(`BatchNormalization axis 1 ${mode}`, image, () => layers.batchNormalization({ axis: 1 }), {
      training,
    }),
    layerCase(
      `BatchNormalization without scale ${mode}`,
      image,
      () => layers.batchNormalization({ scale: false }),
      { training },
    ),
    layerCase(
      `BatchNormalization without center ${mode}`,
      image,
      () => layers.batchNormalization({ center: false }),
      { training },
    ),
  ];
});

const layerNorms: LayerCase[] = [
  layerCase('LayerNormalization', rows, () => layers.layerNormalization({})),
  layerCase('LayerNormalization rank 4', image, () => layers.layerNormalization({})),
  layerCase('LayerNormalization two axes', sequence, () => layers.layerNormalization({ axis: [1, 2] })),
  layerCase('LayerNormalization without scale and center', rows, () =>
    layers.layerNormalization({ scale: false, center: false }),
  ),
];

export const normalizationCases: readonly LayerCase[] = [...normalizations, ...layerNorms];
