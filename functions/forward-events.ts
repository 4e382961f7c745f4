import { createHmac } from 'node:crypto';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ChangeMessageVisibilityCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as v from 'valibot';
import { pauseSecondsAfter } from './http/refund-events.ts';
import { systemClock } from './runtime/clock.ts';
import { forwardingConfig } from './runtime/config.ts';
import { writeLine } from './runtime/report.ts';
import { cachedSecret } from './runtime/secrets.ts';
import { scheduledHandler } from './runtime/start.ts';
import { limited } from './runtime/time-limits.ts';

export interface ForwardWorld {
  /** The shop's address. */
  readonly url: string;
  readonly now: () => number;
  /** One secret, or several separated by blanks while the shop changes it; with or without `whsec_`. */
  readonly secret: () => Promise<string>;
  readonly post: typeof fetch;
  /** Hides the message until its next try. */
  readonly postpone: (message: SQSRecord, seconds: number) => Promise<void>;
  /** Sends to the queue of undelivered events. */
  readonly giveUp: (message: SQSRecord) => Promise<void>;
}

/** The message as EventBridge writes it into the queue. */
const Delivered = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ 'detail-type': v.string(), time: v.string(), detail: v.looseObject({ event_id: v.string() }) }),
);

/** Standard Webhooks gives a receiver this long. */
export const ANSWER_LIMIT_MS = 15_000;
const TAKEN = 'taken';
/** 410: the receiver wants no more events. */
const GONE = 410;

/** Posts each event to the shop's address; an event that is not accepted is sent again, with growing pauses. */
export async function handleForward(
  messages: readonly SQSRecord[],
  world: ForwardWorld,
): Promise<SQSBatchResponse> {
  const failures = messages.map(async (message) => {
    const isDone = await forward(message, world);
    return isDone ? [] : [{ itemIdentifier: message.messageId }];
  });
  return { batchItemFailures: (await Promise.all(failures)).flat() };
}

/** False: the message must come again. */
async function forward(message: SQSRecord, world: ForwardWorld): Promise<boolean> {
  const answer = await posted(message, world);
  const tries = Number(message.attributes.ApproximateReceiveCount);
  if (answer === TAKEN) return true;
  writeLine({ level: 'WARN', event: 'event_not_taken', messageId: message.messageId, answer, tries });
  // If postponing fails too, the message becomes visible again after the queue's own time-out.
  if (answer === GONE) await world.giveUp(message);
  else await world.postpone(message, pauseSecondsAfter(tries)).catch(() => undefined);
  return answer === GONE;
}

/** A status, or the name of the error. A redirect counts as a status other than 2xx. */
async function posted({ body }: SQSRecord, world: ForwardWorld): Promise<number | string> {
  try {
    const { 'detail-type': type, time, detail } = v.parse(Delivered, body);
    const text = JSON.stringify({ type, time, detail });
    const signature = signed(text, { id: detail.event_id, atMs: world.now(), secret: await world.secret() });
    const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
    const headers = { 'content-type': 'application/json', 'user-agent': 'iamport-refunds', ...signature };
    const response = await world.post(world.url, {
      method: 'POST',
      headers,
      body: text,
      redirect: 'manual',
      signal,
    });
    await response.body?.cancel();
    return response.ok ? TAKEN : response.status;
  } catch (error) {
    return error instanceof Error ? error.name : 'unknown';
  }
}

/** Standard Webhooks, version 1: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
function signed(
  body: string,
  { id, atMs, secret }: { readonly id: string; readonly atMs: number; readonly secret: string },
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(atMs / 1000));
  const signatures = secret
    .trim()
    .split(/\s+/)
    .map((each) => {
      const key = Buffer.from(each.replace(/^whsec_/, ''), 'base64');
      return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
    });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}

const TIME_LIMIT_MS = 3_000;

function live(): ForwardWorld {
  const { eventsUrl, eventsSecretId, eventsQueue, eventFailuresQueue } = forwardingConfig(process.env);
  const requestHandler = limited(TIME_LIMIT_MS);
  const queues = new SQSClient({ requestHandler, useQueueUrlAsEndpoint: false });
  const options = {
    client: new SecretsManagerClient({ requestHandler }),
    secretId: eventsSecretId,
    now: systemClock,
  };
  const secret = cachedSecret(options, (text = '') => text);
  return {
    url: eventsUrl,
    now: systemClock,
    post: fetch,
    secret: async () => secret({ fresh: false }),
    async postpone({ receiptHandle: ReceiptHandle }, VisibilityTimeout) {
      const command = { QueueUrl: eventsQueue, ReceiptHandle, VisibilityTimeout };
      await queues.send(new ChangeMessageVisibilityCommand(command));
    },
    async giveUp({ body: MessageBody }) {
      await queues.send(new SendMessageCommand({ QueueUrl: eventFailuresQueue, MessageBody }));
    },
  };
}

export const handler = scheduledHandler('forwardEvents', live, async (event, _deadlineMs, world) =>
  handleForward((event as SQSEvent).Records, world),
);
