import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { prepareBackend } from '../src/tfjs/prepare-backend.js';
const backendsUnderTest = async () => { await import('/tmp/graft/tfn/node_modules/@tensorflow/tfjs-node/dist/index.js'); return [{ name: 'tensorflow', skipped: null as string | null }]; };
import { checkCase } from './check-case.js';
import { parts } from './random-model.js';
import { planKinds } from './random-plan.js';

const casesPerBackend = 115;
const leastOften = 5;

for (const { name: backend, skipped } of await backendsUnderTest()) {
  if (skipped !== null) {
    test.skip(`freeze fuzz on ${backend}: ${skipped}`);
    continue;
  }
  describe(`freeze fuzz on ${backend}`, () => {
    const counts = new Map(planKinds.flatMap((plan) => parts.map((part) => [`${part}, ${plan}`, 0])));

    beforeAll(async () => {
      await tf.setBackend(backend);
      prepareBackend(backend);
    });

    test(`${casesPerBackend} random networks keep what is frozen and train what is free`, async () => {
      const failures: string[] = [];
      for (let index = 0; index < casesPerBackend; index++) {
        const checked = await checkCase(index);
        failures.push(...checked.failures);
        for (const part of checked.parts) {
          const key = `${part}, ${checked.plan}`;
          counts.set(key, (counts.get(key) ?? 0) + 1);
        }
      }
      expect(failures).toEqual([]);
    }, 600_000);

    test(`each part met each kind of freeze plan ${leastOften} times`, () => {
      expect([...counts].filter(([, count]) => count < leastOften)).toEqual([]);
    });
  });
}
