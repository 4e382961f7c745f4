/** The CORS rules for allowed origins, used by the deployed API and by the local run. */
export const CORS = {
  allowMethods: ['GET', 'POST'],
  allowHeaders: ['accept-language', 'authorization', 'content-type', 'idempotency-key'],
  exposeHeaders: ['content-language', 'idempotency-replayed', 'link', 'location', 'retry-after'],
  maxAgeSeconds: 3600,
} as const;
