/** Why a layer can't be trained through, and what to do instead. */
export interface Untrainable {
  readonly reason: string;
  readonly alternative: string;
}

interface Entry extends Untrainable {
  readonly className: string;
  /** Only layers with such a configuration; without it, all of the class. */
  readonly when?: (config: Readonly<Record<string, unknown>>) => boolean;
}

/**
 * What remains wrong or missing in TensorFlow.js 4.22.0 after `prepareBackend`, on every backend. A backend of its
 * own has no entry: all that its gradients get wrong is corrected.
 */
const untrainable: readonly Entry[] = [
  {
    className: 'DepthwiseConv2D',
    when: ({ dilationRate }) => ![dilationRate ?? 1].flat().every((rate) => rate === 1),
    reason: 'TensorFlow.js ignores the dilation of DepthwiseConv2D: the layer answers other numbers than in Keras',
    alternative: 'keep the layer out of the model, or write it as SeparableConv2D, whose dilation works',
  },
  {
    className: 'CenterCrop',
    reason: 'no gradient passes through the crop-and-resize operation of CenterCrop',
    alternative: 'freeze everything up to this layer, or crop with Cropping2D',
  },
  {
    className: 'CategoryEncoding',
    reason: 'no gradient passes through the counting of categories',
    alternative: 'freeze everything up to this layer',
  },
  {
    className: 'RandomWidth',
    reason: 'RandomWidth of TensorFlow.js changes the width at random when predicting too',
    alternative: 'remove the layer, and augment the images before they reach the model',
  },
];

/**
 * Says why weights of a layer, or weights below it, can't be trained; null where they can. For every layer class of
 * tfjs-layers that null is backed by finite differences on each backend; of foreign classes nothing is known.
 *
 * @param className as `layer.getClassName()` returns it
 * @param config as `layer.getConfig()` returns it
 * @example
 * untrainableReason('CenterCrop', {})?.alternative; // 'freeze everything up to this layer, or ...'
 */
export function untrainableReason(className: string, config: Readonly<Record<string, unknown>>): Untrainable | null {
  const entry = untrainable.find((candidate) => candidate.className === className && (candidate.when?.(config) ?? true));
  return entry === undefined ? null : { reason: entry.reason, alternative: entry.alternative };
}
