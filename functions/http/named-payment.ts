import * as v from 'valibot';
import type { HttpEvent } from './http-handler.ts';
import { impUid } from './schemas.ts';

/** DynamoDB takes a key of up to 2,048 bytes; an order number of the shop's may be longer than the 40 characters i'mport keeps. */
const MAX_ORDER_CHARACTERS = 255;

/** Which payment a route names, in its path and its query. */
export interface Named {
  readonly merchantUid?: string;
  readonly impUid?: string;
}

/** Undefined where no such payment can exist; a path or a query that is not given at all is left out. */
export function namedPayment(
  event: Pick<HttpEvent, 'pathParameters' | 'queryStringParameters'>,
): Named | undefined {
  const order = event.pathParameters?.['merchant_uid'];
  const payment = event.queryStringParameters?.['imp_uid'];
  if (order !== undefined && (order === '' || order.length > MAX_ORDER_CHARACTERS)) return undefined;
  if (payment !== undefined && !v.is(impUid, payment)) return undefined;
  return {
    ...(order === undefined ? {} : { merchantUid: order }),
    ...(payment === undefined ? {} : { impUid: payment }),
  };
}
