// Knows TensorFlow.js and nothing of Graft: reads a run by a tiny IOHandler and predicts on one picture.
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';

const { modelTopology, weightsManifest } = JSON.parse(readFileSync('run/model.json', 'utf8'));
const files = weightsManifest.flatMap(({ paths }) => paths.map((path) => readFileSync(`run/${path}`)));
const weightData = new Uint8Array(Buffer.concat(files)).buffer;
const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
const model = await tf.loadLayersModel({ load: async () => ({ modelTopology, weightSpecs, weightData }) });

const { labels, inputSpec } = JSON.parse(readFileSync('run/run.json', 'utf8'));
const { width, height, channels, range, colorOrder, mean, std } = inputSpec;
const rgb = tf.tensor(JSON.parse(readFileSync('pixels.json', 'utf8')), [1, height, width, 3]);
const ordered = colorOrder === 'bgr' ? tf.reverse(rgb, -1) : rgb;
const colored = channels === 1 ? tf.mean(ordered, -1, true) : ordered;
const ranged = colored.mul((range[1] - range[0]) / 255).add(range[0]);
const outputs = [...(await model.predict(ranged.sub(mean ?? 0).div(std ?? 1)).data())];
const probabilities = outputs.length === 1 ? [1 - outputs[0], outputs[0]] : outputs; // one sigmoid for two labels
console.log(JSON.stringify(Object.fromEntries(labels.map((label, index) => [label, probabilities[index]]))));
