import { isDeepStrictEqual } from 'node:util';
import type { Surroundings } from './ports.ts';
import type { ReconciliationNotes } from './reconciliation-notes.ts';
import { NO_NOTES, type Window } from './reconciliation-position.ts';

/** `taken`: another run of the same window has come further; this one leaves it the way. */
export type Saved =
  | { readonly kind: 'saved'; readonly notes: ReconciliationNotes }
  | { readonly kind: 'taken'; readonly notes: ReconciliationNotes };

/** Walks of three windows share the notes: more losses in a row than these are not chance. */
const MAX_TRIES = 5;

/**
 * Saves what one window has come to. Another window's run may have saved meanwhile: then this change is made to the notes
 * as they are now. Another run of the same window is never undone.
 */
export async function save(
  before: ReconciliationNotes,
  window: Window,
  change: (notes: ReconciliationNotes) => ReconciliationNotes,
  { store }: Pick<Surroundings, 'store'>,
): Promise<Saved> {
  let current = before;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const changed = { ...change(current), version: current.version + 1 };
    if (await store.saveReconciliation(changed)) return { kind: 'saved', notes: changed };
    current = (await store.reconciliation()) ?? NO_NOTES;
    // A save whose answer was lost fails when it is tried again.
    if (isSame(current, changed, window)) return { kind: 'saved', notes: current };
    if (!isSame(current, before, window)) break;
  }
  return { kind: 'taken', notes: current };
}

function isSame(a: ReconciliationNotes, b: ReconciliationNotes, window: Window): boolean {
  return (
    isDeepStrictEqual(a.positions[window], b.positions[window]) &&
    isDeepStrictEqual(a.last[window], b.last[window])
  );
}
