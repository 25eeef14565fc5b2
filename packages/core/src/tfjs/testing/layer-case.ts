import type { layers } from '@tensorflow/tfjs-layers';

type Layer = InstanceType<typeof layers.Layer>;

/** One layer in one configuration, with the shapes of its inputs. */
export interface LayerCase {
  readonly name: string;
  readonly layer: () => Layer;
  /** Batch included; several for a merge layer. */
  readonly shapes: readonly (readonly number[])[];
  /** `indices`: whole numbers below 5, without a gradient of their own. */
  readonly input?: 'values' | 'indices';
  /** Factor on the inputs, which lie within +-0.03 * size / 2. */
  readonly scale?: number;
  readonly training?: boolean;
  /** Step of the central difference; smaller where a kink is near. */
  readonly step?: number;
}

export const image = [[2, 5, 6, 3]];
export const volume = [[2, 4, 5, 4, 2]];
export const sequence = [[2, 5, 4]];
export const rows = [[3, 8]];

export function layerCase(
  name: string,
  shapes: LayerCase['shapes'],
  layer: () => Layer,
  more: Partial<LayerCase> = {},
): LayerCase {
  return { name, shapes, layer, ...more };
}

export const paddings = ['valid', 'same'] as const;
