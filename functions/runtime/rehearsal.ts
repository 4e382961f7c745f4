import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { HttpEvent, HttpResult } from '../http/http-handler.ts';
import { documentClient } from '../payments-store/document-client.ts';
import type { Surroundings } from '../protocol/ports.ts';
import { systemClock } from './clock.ts';
import type { Config } from './config.ts';
import { eventLine } from './observability.ts';
import { CUSTOMER, playedFetch, playedTable } from './rehearsal-stage.ts';
import { surroundingsOf } from './surroundings.ts';

/** The route that is rehearsed. */
type Route = (event: HttpEvent, deadlineMs: number, world: Surroundings) => Promise<HttpResult>;

/** Long enough that no deadline comes into play. */
const TIME_MS = 20_000;

/**
 * One refund of nothing at the start of an environment: the first real one then finds its code compiled, which takes a whole
 * processor at the start and a third of one later. Table, provider and secret are played in memory by clients of their own,
 * without a connection; nothing is written, sent or logged, and nothing of it is left to a real request. Its answer is given
 * back for the tests.
 */
export async function rehearseCancel(route: Route, config: Config): Promise<HttpResult> {
  const client = new DynamoDBClient({
    region: 'ap-northeast-2',
    endpoint: 'https://rehearsal.invalid',
    credentials: { accessKeyId: 'rehearsal', secretAccessKey: 'rehearsal' },
    maxAttempts: 1,
    requestHandler: playedTable(),
  });
  const world = surroundingsOf(
    { ...config, settings: { ...config.settings, customersMayRefund: true } },
    {
      documents: documentClient(client),
      credentials: async () => ({ impKey: 'rehearsal', impSecret: 'rehearsal' }),
      fetch: playedFetch,
      // Made, and not written.
      report: (event) => void (event.event === 'failed' ? '' : eventLine(event)),
    },
  );
  return route(REQUEST as unknown as HttpEvent, systemClock() + TIME_MS, world);
}

const REQUEST = {
  headers: { 'accept-language': 'ko', 'idempotency-key': 'rehearsal' },
  requestContext: { authorizer: { jwt: { claims: { sub: CUSTOMER }, scopes: null } } },
  body: JSON.stringify({ merchant_uid: 'rehearsal', cancel_request_amount: 100, reason: 'rehearsal' }),
  isBase64Encoded: false,
};
