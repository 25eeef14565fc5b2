import type { Split } from '../../data/split.js';
import { freezeLine } from '../../freezing/freeze-line.js';
import { weightsOf } from '../../model/stored-weights.js';
import { canMove, type TransferModel } from '../../model/transfer-model.js';
import type { Phase } from '../../recipe/recipe.js';
import { Breather } from '../breather.js';
import { objectiveFor } from '../objective.js';
import { Optimizer } from '../optimizer.js';
import { type PhaseView, phaseView } from '../phase-view.js';
import { stepPieceSize } from '../pieces.js';
import type { StepContext } from '../step-context.js';

/** A phase of a model that is frozen already, ready for its steps. The caller disposes `context.optimizer`. */
export async function stepSetup(
  model: TransferModel,
  data: Split,
  phase: Phase,
  wishes: Partial<StepContext> = {},
): Promise<{ context: StepContext; view: PhaseView }> {
  const { breather = new Breather() } = wishes;
  const movable = weightsOf(model.graph).filter((named) => canMove(model, named));
  const cache = { edge: null, train: null, validation: null };
  const line = freezeLine(model);
  const view = await phaseView(model, line, data, { batchSize: 8, breather, cache, cacheBytes: -1 });
  const context = {
    model,
    phase,
    objective: objectiveFor(model.graph, model.task, model.labels),
    optimizer: new Optimizer(phase.optimizer),
    movable,
    labelSmoothing: 0,
    classWeights: null,
    pieceSize: (batch: readonly number[]) => stepPieceSize(view, movable, batch),
    breather,
    ...wishes,
  };
  return { context, view };
}
