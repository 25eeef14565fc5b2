import type { Route } from '../http/route.js';
import type { Services } from '../services.js';
import { aliasRoutes } from './alias-routes.js';
import { auditRoutes } from './audit-routes.js';
import { datasetRoutes } from './dataset-routes.js';
import { documentRoutes } from './document-routes.js';
import { evaluationRoutes } from './evaluation-routes.js';
import { fileRoutes } from './file-routes.js';
import { healthRoutes } from './health-routes.js';
import { jobRoutes } from './job-routes.js';
import { keyRoutes } from './key-routes.js';
import { metricsRoutes } from './metrics-routes.js';
import { modelRoutes } from './model-routes.js';
import { modelUploadRoutes } from './model-upload-routes.js';
import { openInferenceRoutes } from './open-inference-routes.js';
import { pageRoutes } from './page-routes.js';
import { predictRoutes } from './predict-routes.js';
import { servingRoutes } from './serving-routes.js';
import { tokenRoutes } from './token-routes.js';
import { uploadRoutes } from './upload-routes.js';

/** Everything that can be asked of the server. */
export function allRoutes(services: Services): Route[] {
  const routes = [
    ...healthRoutes(services),
    ...pageRoutes(),
    ...fileRoutes(services),
    ...datasetRoutes(services),
    ...uploadRoutes(services),
    ...jobRoutes(services),
    ...modelRoutes(services),
    ...modelUploadRoutes(services),
    ...aliasRoutes(services),
    ...evaluationRoutes(services),
    ...predictRoutes(services),
    ...servingRoutes(services),
    ...openInferenceRoutes(services),
    ...keyRoutes(services),
    ...tokenRoutes(services),
    ...auditRoutes(services),
    ...metricsRoutes(services),
  ];
  return [...routes, ...documentRoutes(routes)];
}
