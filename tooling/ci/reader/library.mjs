// Ten lines with the library: a base, a folder of pictures, a new model, an answer, and the model on the disk.
import { mkdirSync } from 'node:fs';
import { fineTune, loadPretrained, predict, save, useBackend } from '@graft/core';
import { findModel, imageInput, modelDirectory, readData } from '@graft/node';
import { tensor } from '@tensorflow/tfjs-core';

await useBackend([
  { name: 'wasm', load: async () => (await import('@tensorflow/tfjs-backend-wasm')).version_wasm },
]);
const pretrained = await loadPretrained(modelDirectory((await findModel('iconnet')).path));
const { inputSpec } = pretrained;
const inputShape = [inputSpec.height, inputSpec.width, inputSpec.channels];
const data = await readData('pictures', { inputShape, inputSpec });
const { model } = await fineTune({ pretrained, data });
const [best] = await predict(model, tensor(await imageInput('pictures/disc/00.png', inputSpec), inputShape));
mkdirSync('library-model');
await save(model, modelDirectory('library-model'));
console.log(best.label, best.probability);
