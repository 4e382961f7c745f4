import { header, httpDoor, json, languageFor, type HttpEvent, type HttpResult } from './http/http-handler.ts';
import { invalidRequest, problem } from './http/problem.ts';
import { readWebhook } from './http/requests.ts';
import type { Surroundings } from './protocol/ports.ts';
import { receiveWebhook } from './protocol/webhook.ts';
import type { Text } from './refund/refusals.ts';
import { RETRY_AFTER_UNAVAILABLE_SECONDS } from './refund/times.ts';
import { live } from './runtime/live.ts';

export interface WebhookOptions {
  /** Addresses that i'mport sends from; it signs nothing, so these and the read-back are the only protection. */
  readonly sourceAddresses: ReadonlySet<string>;
  readonly world: Surroundings;
}

const FOREIGN_ADDRESS: Text = {
  en: "Webhooks are not taken from this address. If it is one of i'mport's, add it to the setting webhookSourceAddresses.",
  ko: '이 주소에서 보낸 웹훅은 받지 않습니다. 포트원의 주소라면 webhookSourceAddresses 설정에 추가해 주세요.',
};

/** `POST /webhooks/iamport`. 5xx only when i'mport could not be asked, so that it sends the webhook again. */
export async function handleWebhook(
  event: HttpEvent,
  deadlineMs: number,
  { sourceAddresses, world }: WebhookOptions,
): Promise<HttpResult> {
  const language = languageFor(event);
  // Before the body is read: a request from elsewhere costs nothing more.
  const { sourceIp } = event.requestContext.http;
  if (!sourceAddresses.has(sourceIp)) {
    // Logged, because the provider's new addresses would otherwise be refused silently.
    world.report({ event: 'webhook_refused', from: sourceIp, merchantUid: '' });
    return problem('FORBIDDEN', language, { text: FOREIGN_ADDRESS });
  }
  const impUid = readWebhook(event, header(event, 'content-type'));
  if (!impUid.ok) return invalidRequest(impUid.errors, language);
  const heard = await receiveWebhook(impUid.value, deadlineMs, world);
  if (heard !== 'provider_unavailable') return json(200, { received: true });
  const again = { 'retry-after': String(RETRY_AFTER_UNAVAILABLE_SECONDS) };
  return problem('PROVIDER_UNAVAILABLE', language, { headers: again });
}

export const handler = await httpDoor(
  'receiveWebhook',
  live,
  async (event, deadlineMs, world, { webhookSourceAddresses: sourceAddresses }) =>
    handleWebhook(event, deadlineMs, { sourceAddresses, world }),
  { asksProvider: true },
);
