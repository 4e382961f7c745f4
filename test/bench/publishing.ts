import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { refundToItem } from '../../functions/ledger/refund-item.ts';
import { handleStream, type PublishWorld } from '../../functions/publish-refunds.ts';
import { eventBus } from '../../functions/runtime/event-bus.ts';
import { cancelled, MORNING_MS, requested, won } from '../support/ledger-samples.ts';
import { benchScale, type Meter } from './scale.ts';
import type { Found, Tell } from './stats.ts';

/** Records in the stream's form. */
const BATCH = 100;

/** Publishes the ends of many refunds, batch by batch; the bus answers at once. The ledger is neither read nor written. */
export async function benchPublishing(tell: Tell): Promise<Found> {
  return benchScale(
    {
      what: (count) => `events of ${count} refunds`,
      counts: [1_000, 10_000, 100_000],
      steps: (count) => count / BATCH,
      prepare: (count, meter) => async () => publish(count, meter),
    },
    tell,
  );
}

async function publish(records: number, meter: Meter): Promise<string> {
  let calls = 0;
  const world = worldOf(() => (calls += 1));
  for (let from = 0; from < records; from += BATCH) {
    const batch = meter.pause(() => Array.from({ length: BATCH }, (_, index) => recordOf(from + index)));
    const { batchItemFailures } = await handleStream(batch, Infinity, world);
    if (batchItemFailures.length > 0) throw new Error('not all were published');
    meter.step();
  }
  return `${calls} calls of the bus, no read or write unit`;
}

function worldOf(called: () => void): PublishWorld {
  const client = {
    send: async ({ input }: { readonly input: { readonly Entries?: readonly unknown[] } }) => {
      called();
      return Promise.resolve({ Entries: (input.Entries ?? []).map(() => ({ EventId: 'e' })) });
    },
  };
  return {
    now: () => MORNING_MS,
    // Not called for records of the stream.
    ledger: {} as PublishWorld['ledger'],
    put: eventBus({
      client,
      bus: 'default',
      source: 'iamport-refunds',
      resources: ['shop'],
      now: () => MORNING_MS,
      pause: async () => Promise.resolve(),
    }),
    keep: async () => Promise.reject(new Error('the bus takes them all')),
  };
}

const paymentAfter = { cancelAmount: won(1_000), cancelableAmount: won(9_000) };

function recordOf(index: number): DynamoDBRecord {
  const refundId = `rf_${String(index).padStart(24, '0')}`;
  const image = (item: Parameters<typeof refundToItem>[0]) =>
    marshall(refundToItem(item), { removeUndefinedValues: true });
  const NewImage = image(cancelled({ refundId, paymentAfter }));
  const { pk, sk } = NewImage;
  const images = { Keys: { pk, sk }, NewImage, OldImage: image(requested({ refundId })) };
  const dynamodb = { ApproximateCreationDateTime: 1, SequenceNumber: String(index), ...images };
  return { eventName: 'MODIFY', dynamodb } as unknown as DynamoDBRecord;
}
