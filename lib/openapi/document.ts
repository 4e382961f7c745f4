import {
  acknowledgeRoute,
  cancelRoute,
  closeRoute,
  listRoute,
  readByPaymentRoute,
  readRefundRoute,
  readRoute,
  reportsRoute,
  webhookRoute,
} from './routes.ts';
import { componentSchemas, type Json } from './schemas.ts';

/** OpenAPI 3.1, made from the schemas that validate requests. `version` is the package's. */
export function openApiDocument(version: string): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'iamport-refunds',
      version,
      summary: "Refunds i'mport (PortOne V1) payments, in full or in part, exactly once.",
      description:
        'Every error is a problem document (RFC 9457) with a stable `code`; its texts are Korean or English by `Accept-Language`.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    paths: {
      '/payments/cancel': { post: cancelRoute },
      '/payments/{merchant_uid}': { get: readRoute },
      '/payments': { get: readByPaymentRoute },
      '/payments/{merchant_uid}/refunds/{refund_id}': { get: readRefundRoute },
      '/payments/{merchant_uid}/refunds/{refund_id}/close': { post: closeRoute },
      '/refunds': { get: listRoute },
      '/reconciliation': { get: reportsRoute },
      '/reconciliation/findings/{id}/acknowledge': { post: acknowledgeRoute },
      '/webhooks/iamport': { post: webhookRoute },
    },
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: componentSchemas(),
    },
  };
}
