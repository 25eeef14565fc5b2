import { layers } from '@tensorflow/tfjs-layers';
import { image, type LayerCase, layerCase, paddings, volume } from './layer-case.js';

/** Kernels and strides: odd, even, one, larger than the stride, smaller than the stride. */
const windows = [
  { kernelSize: 3, strides: 1 },
  { kernelSize: 3, strides: 2 },
  { kernelSize: 2, strides: 2 },
  { kernelSize: 1, strides: 1 },
  { kernelSize: 1, strides: 2 },
  { kernelSize: 2, strides: 3 },
] as const;

const convolutions: LayerCase[] = paddings.flatMap((padding) =>
  windows.flatMap((window) => {
    const label = `kernel ${window.kernelSize} stride ${window.strides} ${padding}`;
    return [
      layerCase(`Conv1D ${label}`, [[2, 9, 3]], () => layers.conv1d({ ...window, filters: 4, padding })),
      layerCase(`Conv2D ${label}`, image, () => layers.conv2d({ ...window, filters: 4, padding })),
      layerCase(`Conv3D ${label}`, volume, () => layers.conv3d({ ...window, filters: 3, padding })),
      layerCase(`Conv2DTranspose ${label}`, [[2, 3, 4, 3]], () =>
        layers.conv2dTranspose({ ...window, filters: 4, padding }),
      ),
      layerCase(`Conv3DTranspose ${label}`, [[2, 2, 3, 2, 2]], () =>
        layers.conv3dTranspose({ ...window, filters: 3, padding }),
      ),
      layerCase(`DepthwiseConv2D ${label}`, image, () =>
        layers.depthwiseConv2d({ ...window, depthMultiplier: 1, padding }),
      ),
      layerCase(`DepthwiseConv2D multiplier 2 ${label}`, image, () =>
        layers.depthwiseConv2d({ ...window, depthMultiplier: 2, padding }),
      ),
      layerCase(`SeparableConv2D ${label}`, image, () =>
        layers.separableConv2d({ ...window, filters: 4, padding }),
      ),
    ];
  }),
);

/** Height, width and depth differ: nothing may be mistaken for another axis. */
const oblong: LayerCase[] = paddings.flatMap((padding) => {
  const plane = { kernelSize: [2, 3] as [number, number], strides: [2, 1] as [number, number], padding };
  const cube = {
    kernelSize: [1, 2, 3] as [number, number, number],
    strides: [1, 2, 1] as [number, number, number],
    padding,
  };
  const label = `kernel 2,3 stride 2,1 ${padding}`;
  return [
    layerCase(`Conv2D ${label}`, image, () => layers.conv2d({ ...plane, filters: 4 })),
    layerCase(`Conv2DTranspose ${label}`, image, () => layers.conv2dTranspose({ ...plane, filters: 4 })),
    layerCase(`Conv3D ${label}`, volume, () => layers.conv3d({ ...cube, filters: 3 })),
    layerCase(`Conv3DTranspose ${label}`, volume, () => layers.conv3dTranspose({ ...cube, filters: 3 })),
  ];
});

const dilated: LayerCase[] = paddings.flatMap((padding) => {
  const window = { kernelSize: 2, dilationRate: 2, padding };
  return [
    layerCase(`Conv1D dilation 2 ${padding}`, [[2, 9, 3]], () => layers.conv1d({ ...window, filters: 4 })),
    layerCase(`Conv2D dilation 2 ${padding}`, image, () =>
      layers.conv2d({ ...window, filters: 4, dilationRate: [2, 2] }),
    ),
    layerCase(`Conv2D tanh dilation 2 ${padding}`, image, () =>
      layers.conv2d({ ...window, filters: 4, dilationRate: [2, 2], activation: 'tanh' }),
    ),
    layerCase(`Conv3D dilation 2 ${padding}`, volume, () =>
      layers.conv3d({ ...window, filters: 3, dilationRate: [2, 2, 2] }),
    ),
    layerCase(`SeparableConv2D dilation 2 ${padding}`, image, () =>
      layers.separableConv2d({ ...window, filters: 4, dilationRate: [2, 2] }),
    ),
  ];
});

export const convolutionCases: readonly LayerCase[] = [
  ...convolutions,
  ...oblong,
  ...dilated,
  layerCase('Conv2D relu', image, () => layers.conv2d({ filters: 2, kernelSize: 2, activation: 'relu' }), {
    step: 1e-3,
  }),
  layerCase('Conv2D without bias', image, () => layers.conv2d({ filters: 2, kernelSize: 2, useBias: false })),
  layerCase('Conv2D wide kernel', image, () =>
    layers.conv2d({ filters: 2, kernelSize: [5, 1], padding: 'same' }),
  ),
  layerCase('Conv2D channelsFirst', image, () =>
    layers.conv2d({ filters: 2, kernelSize: 2, dataFormat: 'channelsFirst' }),
  ),
];
