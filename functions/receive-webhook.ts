import * as v from 'valibot';
import { parseBody } from './http/body.ts';
import { header, httpHandler, json, type HttpEvent, type HttpResult } from './http/http-handler.ts';
import { problem } from './http/problem.ts';
import { WebhookBody } from './http/schemas.ts';
import type { Surroundings } from './protocol/ports.ts';
import { RETRY_AFTER_UNAVAILABLE_SECONDS } from './refund/timing.ts';
import { hearWebhook } from './protocol/webhook.ts';
import { live } from './runtime/live.ts';

export interface WebhookOptions {
  /** Addresses that i'mport sends from; it signs nothing, so this and the read-back are all there is. */
  readonly sourceAddresses: ReadonlySet<string>;
  readonly world: Surroundings;
}

/** `POST /webhooks/iamport`: JSON or form. 5xx only when i'mport could not be asked, so that it sends the hint again. */
export async function handleWebhook(
  event: HttpEvent,
  deadlineMs: number,
  options: WebhookOptions,
): Promise<HttpResult> {
  if (!options.sourceAddresses.has(event.requestContext.http.sourceIp)) return problem('FORBIDDEN');
  const parsed = v.safeParse(WebhookBody, readBody(event));
  if (!parsed.success) {
    const errors = parsed.issues.map((issue) => ({
      pointer: `/${v.getDotPath(issue) ?? ''}`,
      message: issue.message,
    }));
    return problem('INVALID_REQUEST', { members: { errors } });
  }
  const heard = await hearWebhook(parsed.output.imp_uid, deadlineMs, options.world);
  if (heard !== 'provider_unavailable') return json(200, { received: true });
  return problem('PROVIDER_UNAVAILABLE', {
    headers: { 'retry-after': String(RETRY_AFTER_UNAVAILABLE_SECONDS) },
  });
}

function readBody(event: HttpEvent): unknown {
  if (header(event, 'content-type')?.includes('application/x-www-form-urlencoded') !== true) {
    const parsed = parseBody(event);
    return parsed.ok ? parsed.value : undefined;
  }
  const text = event.isBase64Encoded
    ? Buffer.from(event.body ?? '', 'base64').toString('utf8')
    : (event.body ?? '');
  return Object.fromEntries(new URLSearchParams(text));
}

const { config, world } = live();

export const handler = httpHandler(async (event, deadlineMs) =>
  handleWebhook(event, deadlineMs, { sourceAddresses: config.webhookSourceAddresses, world }),
);
