import { badTopology, mostLayers } from './bad-topology.js';
import { camelCase } from './camel-case.js';

/** One application of a layer: which application of which other layers it takes its inputs from. */
interface Application {
  readonly layer: string;
  readonly inputs: readonly (readonly [layer: string, application: number])[];
}

/**
 * Looks whether the layers of a functional model can be applied one after the other. TensorFlow.js goes round and
 * round for ever where an input never comes to be: a circle, a layer that is not there.
 *
 * @param layers `layers` of a model's configuration
 * @param appliedBefore how often a layer of this class counts as applied when it was just made
 * @throws GraftError `model/bad-topology`
 */
export function checkWiring(layers: readonly unknown[], appliedBefore: (className: unknown) => number): void {
  const applied = new Map<string, number>();
  let waiting: Application[] = [];
  for (const layer of layers) {
    const { name, className, config, inboundNodes = [] } = withReadKeys(layer);
    if (name === undefined && Array.isArray(inboundNodes) && !inboundNodes.length) continue; // of a Sequential
    // One name under both keys: TensorFlow.js notes what waits under one, and looks for it under the other.
    if (typeof name !== 'string' || !name || applied.has(name) || withReadKeys(config).name !== name) {
      throw badTopology('each layer to have a name of its own', JSON.stringify(name) ?? 'none');
    }
    applied.set(name, appliedBefore(className));
    waiting = waiting.concat(applicationsOf(name, inboundNodes));
    if (waiting.length > mostLayers)
      throw badTopology(`at most ${mostLayers} applications of layers`, 'more');
  }
  while (waiting.length > 0) {
    const still = waiting.filter(({ layer, inputs }) => {
      const ready = inputs.every(([input, application]) => application < (applied.get(input) ?? 0));
      if (ready) applied.set(layer, (applied.get(layer) as number) + 1);
      return !ready;
    });
    if (still.length === waiting.length) {
      throw badTopology(
        'layers that can be applied one after the other',
        `"${still[0]?.layer}", whose input never comes`,
      );
    }
    waiting = still;
  }
}

function applicationsOf(layer: string, inboundNodes: unknown): Application[] {
  const isApplication = (node: unknown): node is Application['inputs'] =>
    Array.isArray(node) &&
    node.every(
      (input) => Array.isArray(input) && typeof input[0] === 'string' && Number.isSafeInteger(input[1]),
    );
  if (!Array.isArray(inboundNodes) || !inboundNodes.every(isApplication)) {
    throw badTopology(`the inputs of "${layer}" as lists of layer and number`, 'something else');
  }
  return inboundNodes.filter((node) => node.length > 0).map((inputs) => ({ layer, inputs }));
}

/** A part of the configuration with its keys as TensorFlow.js reads them. */
function withReadKeys(value: unknown): Partial<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(value ?? {}).map(([key, item]) => [camelCase(key), item]));
}
