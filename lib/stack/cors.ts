/** What pages of the allowed origins may send and read: of the API in the cloud, and of the one on this machine. */
export const CORS = {
  allowMethods: ['GET', 'POST'],
  allowHeaders: ['accept-language', 'authorization', 'content-type', 'idempotency-key'],
  exposeHeaders: ['content-language', 'idempotency-replayed', 'link', 'location', 'retry-after'],
  maxAgeSeconds: 3600,
} as const;
