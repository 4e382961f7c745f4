import { createHash } from 'node:crypto';

/** The partition of the sparse index that an order's open refund stands in. */
export function openShardOf(merchantUid: string, shards: number): string {
  const digest = createHash('sha256').update(merchantUid).digest();
  return shardName(digest.readUInt32BE(0) % shards);
}

export function shardName(shard: number): string {
  return `open-${shard}`;
}
