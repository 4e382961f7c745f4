import { createHash } from 'node:crypto';
import type { Lease, Ledger } from '../protocol/ports.ts';
import type { ReconciliationNotes, Window, WindowNotes } from '../protocol/reconciliation-notes.ts';
import type { Acknowledgement } from '../refund/findings.ts';
import { codec, number, text } from './fields.ts';
import { serviceKey, type Key } from './keys.ts';
import { absent, any, equals, type Table } from './table.ts';

/** The service's own items, each changed outside of any transaction. */

/** The lease to be the only run of `work`, e.g. of the resolver. */
export function leaseOn(table: Table, work: string): Lease {
  const key = serviceKey('lease', work);
  return {
    async take({ owner, nowMs, untilMs }) {
      const free = absent('owner');
      // A retry of the same write finds the name that it wrote itself.
      const mine = equals('owner', owner);
      const hasRunOut = { test: 'at_most', attribute: 'until_ms', value: nowMs } as const;
      return table.change('take the lease', {
        key,
        when: { freeForMe: any(free, mine, hasRunOut) },
        set: { owner, until_ms: untilMs },
      });
    },
    async giveBack(owner) {
      const mine = equals('owner', owner);
      await table.change('give the lease back', { key, when: { mine }, remove: ['owner', 'until_ms'] });
    },
  };
}

const WINDOWS = ['recent', 'full', 'by_hand'] as const satisfies readonly Window[];

function findingKey(id: string): Key {
  return serviceKey(`finding#${id}`, 'acknowledged');
}

const ACKNOWLEDGEMENT = codec<Acknowledgement>('an acknowledgement', {
  id: text('finding_id'),
  digest: text('digest'),
  by: text('by'),
  note: text('note'),
  atMs: number('at_ms'),
});

/** Counters are deleted by the table some time after this. */
const COUNTERS_LAST_WINDOWS = 2;

export function serviceItems(table: Table) {
  return {
    async reconciliation() {
      const stored = WINDOWS.map(async (window) => {
        const item = await table.get(serviceKey('reconciliation', window));
        // Our own text: nobody reads or changes a part of it.
        return item === undefined ? [] : [[window, JSON.parse(String(item['notes'])) as WindowNotes]];
      });
      return Object.fromEntries((await Promise.all(stored)).flat()) as ReconciliationNotes;
    },
    async saveReconciliation(window, notes, before) {
      const madeFromThese = before === undefined ? absent('version') : equals('version', before);
      // A repeated try of the same save finds its own version.
      const saved = equals('version', notes.version ?? '');
      return table.change('save the notes', {
        key: serviceKey('reconciliation', window),
        when: { madeFromThese: any(madeFromThese, saved) },
        set: { version: notes.version, notes: JSON.stringify(notes).toWellFormed() },
      });
    },
    async acknowledgements(findingIds) {
      const items = await Promise.all(findingIds.map(async (id) => table.get(findingKey(id))));
      return items.flatMap((item) => (item === undefined ? [] : ACKNOWLEDGEMENT.fromItem(item, '')));
    },
    /** The latest statement wins: no condition. */
    async acknowledge(said) {
      const set = ACKNOWLEDGEMENT.toItem(said, '');
      await table.change('acknowledge a finding', { key: findingKey(said.id), when: {}, set });
    },
    /** Counted under a hash of the caller, because the name is not needed. */
    async countLookUp({ sub, windowStartMs, windowMs, limit }) {
      const caller = createHash('sha256').update(sub).digest('base64url');
      const expiresMs = windowStartMs + COUNTERS_LAST_WINDOWS * windowMs;
      const fewEnough = any(absent('count'), { test: 'below', attribute: 'count', value: limit });
      return table.change('count a look-up', {
        key: serviceKey(`lookups#${caller}`, String(windowStartMs)),
        when: { fewEnough },
        set: { expires_at: Math.ceil(expiresMs / 1000) },
        add: { count: 1 },
      });
    },
  } satisfies Partial<Ledger>;
}
