import { layers } from '@tensorflow/tfjs-layers';
import { image, type LayerCase, layerCase, paddings, sequence, volume } from './layer-case.js';

const poolings: LayerCase[] = paddings.flatMap((padding) =>
  (
    [
      [2, 2],
      [3, 1],
      [3, 2],
      [2, 3],
    ] as const
  ).flatMap(([poolSize, strides]) => {
    const label = `pool ${poolSize} stride ${strides} ${padding}`;
    const flat = { poolSize, strides, padding };
    const plane = {
      ...flat,
      poolSize: [poolSize, poolSize] as [number, number],
      strides: [strides, strides] as [number, number],
    };
    const cube = {
      padding,
      poolSize: [poolSize, poolSize, poolSize] as [number, number, number],
      strides: [strides, strides, strides] as [number, number, number],
    };
    return [
      layerCase(`MaxPooling1D ${label}`, [[2, 7, 3]], () => layers.maxPooling1d(flat)),
      layerCase(`AveragePooling1D ${label}`, [[2, 7, 3]], () => layers.averagePooling1d(flat)),
      layerCase(`MaxPooling2D ${label}`, image, () => layers.maxPooling2d(plane)),
      layerCase(`AveragePooling2D ${label}`, image, () => layers.averagePooling2d(plane)),
      layerCase(`MaxPooling3D ${label}`, volume, () => layers.maxPooling3d(cube)),
      layerCase(`AveragePooling3D ${label}`, volume, () => layers.averagePooling3d(cube)),
    ];
  }),
);

const oblongPoolings: LayerCase[] = paddings.flatMap((padding) => {
  const plane = { poolSize: [2, 3] as [number, number], strides: [2, 1] as [number, number], padding };
  const cube = {
    poolSize: [2, 2, 3] as [number, number, number],
    strides: [1, 2, 1] as [number, number, number],
    padding,
  };
  return [
    layerCase(`MaxPooling2D pool 2,3 stride 2,1 ${padding}`, image, () => layers.maxPooling2d(plane)),
    layerCase(`AveragePooling2D pool 2,3 stride 2,1 ${padding}`, image, () => layers.averagePooling2d(plane)),
    layerCase(`MaxPooling3D pool 2,2,3 stride 1,2,1 ${padding}`, volume, () => layers.maxPooling3d(cube)),
    layerCase(`AveragePooling3D pool 2,2,3 stride 1,2,1 ${padding}`, volume, () =>
      layers.averagePooling3d(cube),
    ),
  ];
});

const globalPoolings: LayerCase[] = [
  layerCase('GlobalAveragePooling1D', sequence, () => layers.globalAveragePooling1d({})),
  layerCase('GlobalMaxPooling1D', sequence, () => layers.globalMaxPooling1d({})),
  layerCase('GlobalAveragePooling2D', image, () =>
    layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }),
  ),
  layerCase('GlobalMaxPooling2D', image, () => layers.globalMaxPooling2d({ dataFormat: 'channelsLast' })),
];

export const poolingCases: readonly LayerCase[] = [
  ...poolings,
  ...oblongPoolings,
  ...globalPoolings,
  layerCase('MaxPooling2D channelsFirst', image, () =>
    layers.maxPooling2d({ poolSize: 2, dataFormat: 'channelsFirst' }),
  ),
];
