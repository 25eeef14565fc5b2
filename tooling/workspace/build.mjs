import { SetupError } from './ground.mjs';
import { turbo } from './turbo.mjs';

/** Builds the packages that changed; silent unless it takes a while or fails. Everything goes to stderr. */
export async function build(root) {
  const notice = setTimeout(() => console.error('Building ...'), 1500);
  const { status, output } = await turbo(root, ['build', '--output-logs=errors-only']).finally(() =>
    clearTimeout(notice),
  );
  if (status !== 0) throw new SetupError(output.trim(), status);
}
