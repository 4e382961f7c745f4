import { createHash } from 'node:crypto';
import { OPEN_REFUND_SHARDS } from './keys.ts';

/** The partition of the sparse index that an order's open refund stands in. */
export function openShardOf(merchantUid: string): string {
  const [first = 0] = createHash('sha256').update(merchantUid).digest();
  return shardName(first % OPEN_REFUND_SHARDS);
}

export function shardName(shard: number): string {
  return `open-${shard}`;
}
