import { register } from 'node:module';

/** All that a store needs of core is its error; loading TensorFlow.js in each process would take a minute. */
export function coreErrorsOnly() {
  const errors = new URL('../../../../../packages/core/dist/errors.js', import.meta.url);
  const hook = `export const resolve = (name, context, next) =>
    name === '@graft/core' ? { url: '${errors}', shortCircuit: true } : next(name, context);`;
  register(`data:text/javascript,${encodeURIComponent(hook)}`);
}
