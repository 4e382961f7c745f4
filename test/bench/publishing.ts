import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { refundToItem } from '../../functions/ledger/refund-item.ts';
import { handleStream, type PublishWorld } from '../../functions/publish-refunds.ts';
import { eventBus } from '../../functions/runtime/event-bus.ts';
import { cancelled, MORNING_MS, requested, won } from '../support/ledger-samples.ts';

export interface Publishing {
  readonly records: number;
  readonly ms: number;
  readonly calls: number;
  /** The largest heap of the run above the heap after its first batch. */
  readonly heapMb: number;
}

const COUNTS = [1_000, 10_000, 100_000];
/** Records in the stream's form. */
const BATCH = 100;
const SAMPLES = 20;

/** Publishes the ends of many refunds, batch by batch; the bus answers at once. The ledger is neither read nor written. */
export async function benchPublishing(tell: (text: string) => void): Promise<readonly Publishing[]> {
  const found: Publishing[] = [];
  for (const records of COUNTS) {
    tell(`events of ${records} refunds`);
    found.push(await publish(records));
  }
  return found;
}

async function publish(records: number): Promise<Publishing> {
  let [calls, ms] = [0, 0];
  const heap: number[] = [];
  const world = worldOf(() => (calls += 1));
  const every = Math.ceil(records / BATCH / SAMPLES);
  for (let batch = 0; batch < records / BATCH; batch += 1) {
    const Records = Array.from({ length: BATCH }, (_, index) => recordOf(batch * BATCH + index));
    const fromMs = performance.now();
    const { batchItemFailures } = await handleStream(Records, Infinity, world);
    ms += performance.now() - fromMs;
    if (batchItemFailures.length > 0) throw new Error('not all were published');
    if (batch % every === 0) heap.push(heapMb());
  }
  const [first = 0] = heap;
  return { records, ms, calls, heapMb: Math.max(0, ...heap.map((each) => each - first)) };
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
    marshall(refundToItem(item, 1), { removeUndefinedValues: true });
  const NewImage = image(cancelled({ refundId, paymentAfter }));
  const { pk, sk } = NewImage;
  const images = { Keys: { pk, sk }, NewImage, OldImage: image(requested({ refundId })) };
  const dynamodb = { ApproximateCreationDateTime: 1, SequenceNumber: String(index), ...images };
  return { eventName: 'MODIFY', dynamodb } as unknown as DynamoDBRecord;
}

/** In MB. Without `--expose-gc` garbage counts, too. */
function heapMb(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1e6;
}
