import { closeRefund, type CloseResult, type Said } from '../../functions/protocol/close.ts';
import type { Surroundings } from '../../functions/protocol/ports.ts';
import type { Booked } from './model-provider.ts';
import { ORDER, type ProtocolWorld } from './protocol-world.ts';

export const EVIDENCE = 'as the PG says by telephone';

/** What the PG says about a refund when asked; undefined while it may still be booked. */
export function truthOf(world: ProtocolWorld, refundId: string): Said | undefined {
  if (world.adversity.isAlive(refundId)) return undefined;
  for (const provider of world.providers.values()) {
    if (provider.accepted.some(({ call }) => call.refundId === refundId)) return undefined;
    const entries = provider.entriesOf(refundId);
    if (entries.length === 0) continue;
    const amount = entries.reduce((sum, entry) => sum + entry.amount, 0);
    return entries.some(({ isHidden }) => isHidden === true)
      ? { verdict: 'executed_unlisted', amount }
      : { verdict: 'executed', entries: entries.map(named) };
  }
  return { verdict: 'not_executed' };
}

/** By its id, or by time and amount where the provider gives no id. */
export function named({ cancellationId, cancelledAtMs = 0, amount }: Booked) {
  return cancellationId === undefined ? { cancelledAtMs, amount } : { cancellationId };
}

export async function close(
  world: ProtocolWorld,
  sub: string,
  { refundId, said, impUid }: { readonly refundId: string; readonly said: Said; readonly impUid?: string },
  surroundings: Surroundings,
): Promise<CloseResult> {
  const actor = { kind: 'staff', sub } as const;
  const person = { sub, person: sub };
  const name = impUid === undefined ? { merchantUid: ORDER } : { impUid };
  return closeRefund(
    { ...name, refundId, actor, person, said, evidence: EVIDENCE },
    world.nowMs + 28_000,
    surroundings,
  );
}
