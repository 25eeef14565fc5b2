/** Why a layer can't be trained through, and what to do instead. */
export interface Untrainable {
  readonly reason: string;
  readonly alternative: string;
}

type LayerConfig = Readonly<Record<string, unknown>>;

interface Entry extends Untrainable {
  readonly classNames: readonly string[];
  /** Without it: on every backend. */
  readonly backends?: readonly string[];
  /** Only layers with such a configuration; without it: all of the class. */
  readonly when?: (config: LayerConfig) => boolean;
}

/** What remains wrong or missing in TensorFlow.js 4.22.0 after `prepareBackend`. */
const untrainable: readonly Entry[] = [
  {
    classNames: ['DepthwiseConv2D'],
    when: isDilated,
    reason:
      'TensorFlow.js ignores the dilation of DepthwiseConv2D: the layer answers other numbers than in Keras',
    alternative: 'replace it by SeparableConv2D, whose dilation works on cpu and wasm',
  },
  {
    classNames: ['Conv3D', 'SeparableConv2D'],
    backends: ['tensorflow'],
    when: isDilated,
    reason: 'TensorFlow has no dilated convolution of this kind for the CPU',
    alternative: 'use the wasm backend',
  },
  {
    classNames: ['Conv3D', 'Conv3DTranspose', 'MaxPooling3D', 'AveragePooling3D'],
    backends: ['cpu', 'wasm'],
    when: isSparserThanItsWindow,
    reason:
      'TensorFlow.js shifts windows smaller than their stride with padding "same": other numbers than in Keras',
    alternative: 'use the tensorflow backend, or padding "valid"',
  },
  {
    classNames: ['CenterCrop'],
    reason: 'no gradient passes through the crop-and-resize operation of CenterCrop',
    alternative: 'freeze everything up to this layer, or crop with Cropping2D',
  },
  {
    classNames: ['CategoryEncoding'],
    reason: 'no gradient passes through the counting of categories',
    alternative: 'freeze everything up to this layer',
  },
  {
    classNames: ['RandomWidth'],
    reason: 'RandomWidth of TensorFlow.js changes the width at random when predicting too',
    alternative: 'remove the layer, and augment the images before they reach the model',
  },
];

/**
 * Says why a layer's weights, or weights below it, can't be trained on a backend; null where they can. For the layer
 * classes of tfjs-layers on cpu, wasm and tensorflow null is backed by finite differences; of others nothing is known.
 *
 * @param className as `layer.getClassName()` returns it
 * @param config as `layer.getConfig()` returns it
 * @param backendName as `tf.getBackend()` returns it
 * @example
 * untrainableReason('CenterCrop', {}, 'wasm')?.alternative; // 'freeze everything up to this layer, or ...'
 */
export function untrainableReason(
  className: string,
  config: LayerConfig,
  backendName: string,
): Untrainable | null {
  const entry = untrainable.find(
    ({ classNames, backends, when }) =>
      classNames.includes(className) && (backends?.includes(backendName) ?? true) && (when?.(config) ?? true),
  );
  return entry === undefined ? null : { reason: entry.reason, alternative: entry.alternative };
}

function isDilated({ dilationRate }: LayerConfig): boolean {
  return [dilationRate ?? 1].flat().some((rate) => rate !== 1);
}

function isSparserThanItsWindow({ padding, kernelSize, poolSize, strides }: LayerConfig): boolean {
  const window = [kernelSize ?? poolSize].flat() as number[];
  const steps = [strides].flat() as number[];
  return padding === 'same' && window.some((size, axis) => size < (steps[axis] ?? steps[0] ?? 1));
}
