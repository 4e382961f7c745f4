import type { Intents } from './intents.ts';
import { newKey } from './key.ts';
import type { RefundClientOptions } from './options.ts';
import { sleep } from './sleep.ts';
import { inTurn } from './turns.ts';
import { claimFor, UNREADABLE, type Asker, type Claim, type Wanted, type Wish } from './wish.ts';

export type Claimed =
  | Exclude<Claim, { readonly kind: 'begin' }>
  | { readonly kind: 'begin'; readonly wish: Wish };

/** Long enough for one tab's write to be seen by the others. */
const SEEN_AFTER_MS = 120;

/**
 * The key of a press. Two tabs that press at once must use one key, so whoever comes second has to see what the first one has
 * kept: they take turns. Where a page has no locks, a new wish is written, and after a while it is looked who wrote last.
 */
export async function claim(
  wanted: Wanted,
  asker: Asker,
  { intents, locks }: { readonly intents: Intents; readonly locks: RefundClientOptions['locks'] },
): Promise<Claimed> {
  const take = (): Claimed => taken(wanted, asker, intents);
  const turn = await inTurn(`iamport-refunds:${wanted.merchant_uid}`, locks, take);
  if (turn !== undefined) return turn.value;
  const first = take();
  if (first.kind !== 'begin') return first;
  await sleep(SEEN_AFTER_MS);
  const kept = intents.of(wanted.merchant_uid);
  if (kept !== undefined && kept !== UNREADABLE && kept.key === first.wish.key) return first;
  // Ended by another tab meanwhile, or overwritten with rubbish: it may have been the same wish.
  if (kept === undefined || kept === UNREADABLE) return { kind: 'ask', why: 'unanswered', wish: first.wish };
  return taken(wanted, { ...asker, confirmed: false }, intents);
}

function taken(wanted: Wanted, asker: Asker, intents: Intents): Claimed {
  const found = claimFor(intents.of(wanted.merchant_uid), wanted, asker);
  if (found.kind === 'busy' || found.kind === 'ask') return found;
  if (found.kind === 'begin') {
    const wish = { ...named(wanted), key: newKey(), time: asker.nowMs, subject: asker.subject };
    intents.keep(wish);
    return { kind: 'begin', wish };
  }
  if (!asker.confirmed) return found;
  // What was confirmed is asked for now, so it is fresh again.
  const wish = { ...found.wish, time: asker.nowMs, subject: asker.subject };
  intents.keep(wish);
  return { kind: 'go_on', wish };
}

/** These members and no others: what else a caller's object holds is not kept. */
function named({ merchant_uid, imp_uid, amount }: Wanted): Wanted {
  return { merchant_uid, imp_uid, amount };
}
