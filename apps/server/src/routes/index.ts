import type { Route } from '../http/route.js';
import type { Services } from '../services.js';
import { documentRoutes } from './document-routes.js';
import { fileRoutes } from './file-routes.js';
import { healthRoutes } from './health-routes.js';
import { jobRoutes } from './job-routes.js';
import { keyRoutes } from './key-routes.js';
import { modelRoutes } from './model-routes.js';
import { predictRoutes } from './predict-routes.js';

/** Everything that can be asked of the server. */
export function allRoutes(services: Services): Route[] {
  const routes = [
    ...healthRoutes(services),
    ...fileRoutes(services),
    ...jobRoutes(services),
    ...modelRoutes(services),
    ...predictRoutes(services),
    ...keyRoutes(services),
  ];
  return [...routes, ...documentRoutes(routes)];
}
