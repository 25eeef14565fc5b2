import { type Dataset, indicesOf } from '../src/data/dataset.js';
import { cutPointNamed, findCutPoints } from '../src/model/cut-points.js';
import { ancestors } from '../src/model/layer-graph.js';
import type { LoadedModel } from '../src/model/pretrained-model.js';
import { Breather } from '../src/training/breather.js';
import { forward } from '../src/training/forward.js';
import type { Matrix } from './linear-models.js';

/** What a layer of a model gives for each example, as rows. */
export async function featuresOf(
  { graph, model }: LoadedModel,
  layer: string,
  examples: Dataset,
): Promise<Matrix> {
  const { edge } = cutPointNamed(graph, findCutPoints(graph), layer);
  const shape = (model.inputs[0]?.shape ?? []).slice(1);
  const passage = { nodes: ancestors(graph, edge), from: graph.inputs[0] as number, to: edge, shape };
  const { values } = await forward(passage, examples, { batchSize: 64, breather: new Breather() });
  const width = values.length / examples.size;
  return indicesOf(examples).map((index) => Array.from(values.subarray(index * width, (index + 1) * width)));
}
