import * as tf from '@tensorflow/tfjs-core';
import { GraftError } from '../errors.js';
import { badTopology, mostLayers } from './bad-topology.js';
import { camelCase } from './camel-case.js';
import { checkWiring } from './check-wiring.js';

const deepestNesting = 64;

/**
 * TensorFlow.js keeps classes of every kind in one registry and puts whatever it finds there in any place. What may
 * stand under which key, each kind by one class that derives from its base directly.
 */
const kinds = {
  Initializer: 'Zeros',
  Regularizer: 'L1L2',
  Constraint: 'NonNeg',
  Activation: 'linear',
} as const;
const layerClass = 'InputLayer';
const optimizerClass = 'SGD';

type SerializableClass = abstract new (...args: never[]) => unknown;

/**
 * Looks through a model.json's topology before anything is built from it: every class must be one that
 * TensorFlow.js has registered, and of the kind that belongs in its place.
 *
 * @returns the part of the topology that TensorFlow.js builds
 * @throws GraftError `model/unknown-layer-class`, `model/stateful-layer`, `model/bad-topology`
 */
export function checkTopology(topology: unknown): object {
  const built = (isRecord(topology) ? topology.model_config : undefined) ?? topology; // as modelFromJSON does
  if (!isRecord(built)) throw badTopology('a model topology', JSON.stringify(built) ?? 'nothing');
  const found = { layers: 0 };
  visit(built, '', 0, found);
  return built;
}

function visit(value: unknown, key: string, depth: number, found: { layers: number }): void {
  if (depth > deepestNesting) throw badTopology(`at most ${deepestNesting} levels`, 'more');
  const kind = kindOf(key);
  if (kind !== null && typeof value === 'string') checkIdentifier(kind, value);
  if (Array.isArray(value)) {
    for (const item of value) visit(item, key, depth + 1, found);
    return;
  }
  if (!isRecord(value)) return;
  for (const [name, item] of Object.entries(value)) {
    const inner = camelCase(name);
    if (inner === 'className') {
      checkClass(kind, item);
      if (kind === null && ++found.layers > mostLayers)
        throw badTopology(`at most ${mostLayers} layers`, 'more');
    } else if (inner === 'stateful' && item) {
      throw new GraftError(
        'model/stateful-layer',
        'Expected layers that start every batch anew. Received a stateful one.',
        {
          hint: 'Export the model with stateful=False: its answers would depend on what it saw before.',
        },
      );
    } else {
      if (inner === 'layers' && Array.isArray(item)) checkWiring(item, appliedBefore);
      visit(item, inner, depth + 1, found);
    }
  }
}

/** Inputs and models count as applied once when they are made. */
function appliedBefore(className: unknown): number {
  if (className === layerClass) return 1;
  const candidate = typeof className === 'string' ? registered(className) : undefined;
  return candidate && derives(candidate, 'Model') ? 1 : 0;
}

/** What stands under a key of a configuration; null: a layer, if it is a class at all. */
function kindOf(key: string): keyof typeof kinds | null {
  const names = Object.keys(kinds) as (keyof typeof kinds)[];
  return names.find((kind) => key.toLowerCase().endsWith(kind.toLowerCase())) ?? null;
}

/** Where a name stands for an object, as in `activation: "relu"`, `kernel_initializer: "glorot_uniform"`. */
function checkIdentifier(kind: keyof typeof kinds, identifier: string): void {
  const name = camelCase(identifier);
  const className = registered(name) ? name : name.charAt(0).toUpperCase() + name.slice(1);
  if (!fits(kind, className)) throw unknownClass(kind, identifier);
}

function checkClass(kind: keyof typeof kinds | null, className: unknown): void {
  if (typeof className !== 'string' || !fits(kind, className)) throw unknownClass(kind ?? 'layer', className);
}

/** A class that somebody registered from code and that is of no kind may stand for any but a layer. */
function fits(kind: keyof typeof kinds | null, className: string): boolean {
  const candidate = registered(className);
  if (!candidate) return false;
  if (kind === null) return derives(candidate, layerClass);
  const others = [
    layerClass,
    optimizerClass,
    ...Object.values(kinds).filter((example) => example !== kinds[kind]),
  ];
  return !others.some((example) => derives(candidate, example));
}

/** Whether a class has the base class of this example. */
function derives(candidate: SerializableClass, example: string): boolean {
  const base = Object.getPrototypeOf(registered(example)) as SerializableClass;
  return candidate.prototype instanceof base;
}

function registered(className: string): SerializableClass | undefined {
  const known = tf.serialization.SerializationMap.getMap().classNameMap;
  return Object.hasOwn(known, className) ? known[className]?.[0] : undefined;
}

function unknownClass(kind: string, className: unknown): GraftError {
  return new GraftError(
    'model/unknown-layer-class',
    `Expected the ${kind.toLowerCase()} classes of TensorFlow.js. Received ${(JSON.stringify(className) ?? 'none').slice(0, 200)}.`,
    {
      hint: 'A custom layer must be registered from code (tf.serialization.registerClass) before loading; code inside model files never runs.',
      details: { className },
    },
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
