import { inspect, type PretrainedModel } from '@graft/core';
import type { InspectResult } from './results.js';

/** What a model is made of, as terminal and HTTP answer it. */
export function inspectResult(pretrained: PretrainedModel): InspectResult {
  const { name, parameters, layers, cutPoints, inputSpec, outputShape } = inspect(pretrained);
  return {
    name,
    parameters,
    layers: layers.map(({ name, className, outputShape, parameters, multiplyAdds, cutPoint }) => ({
      name,
      className,
      outputShape: [...outputShape],
      parameters,
      multiplyAdds,
      cutPoint,
    })),
    cutPoints: [...cutPoints],
    inputSpec,
    outputShape: [...outputShape],
  };
}
