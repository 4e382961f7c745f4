import type { ScheduleGuards } from './guards.ts';

/** Guards that the proof notices: each with the scenario in which some schedule breaks a promise without it. */
export const BY_SCHEDULE: ScheduleGuards = {
  'refund/decide.ts': [
    [
      '0b: an equal request without a key is one refund',
      'an equal request sent twice without a key',
      'if (nowMs - lastWish.atMs >= SAME_WISH_MS) return undefined;',
      'if (nowMs > 0) return undefined;',
    ],
  ],
  'ledger/plans.ts': [
    [
      '3: REFUND[k] is absent',
      'two callers with the same key, and the provider refuses one of their requests',
      'refund.gen === 1 ? { notThere } : neverSent',
      'refund.gen === 1 ? {} : neverSent',
    ],
    [
      '4: L := max(L, R)',
      'a claim that was never sent, stale looks, and another request',
      "when: renews ? { cancelAmountNotAbove: cancelAmountIs('at_most', provider) } : {},",
      'when: {},',
    ],
    [
      '4: on a promotion S grows by the amount asked',
      'a promotion: entries with another sum than was asked, and a second refund',
      "      ...(refund.status === 'cancelled' ? askedMore(refund.amount, payment) : {}),",
      '',
    ],
    [
      '7d: the key is not free again',
      'a request that hangs, the quiet period, two looks, and the key once more',
      'refund.gen === 1 ? { notThere } : neverSent',
      'refund.gen === 1 ? ({}) : neverSent',
    ],
    [
      '8: cancel_amount only grows',
      'two webhooks of two cancels in the console, whose looks and writes overtake each other',
      "? { cancelAmountBelow: cancelAmountIs('below', provider) }",
      '? {}',
    ],
  ],
  'protocol/write.ts': [
    [
      '3: the token alone says whose claim it is',
      'two callers with the same key, and the provider refuses one of their requests',
      'const token = world.newId();',
      "const token = write.kind === 'claim' ? write.refund.refundId.slice(0, 30) : world.newId();",
    ],
  ],
  'protocol/send.ts': [
    [
      '3b: the owner is read again once the claim stands',
      'the order becomes somebody else’s during a request',
      "if (owner !== 'same') return notSent(attempt, `the owner: ${owner.code}`, owner, world);",
    ],
    [
      '3b: sent within ten seconds of the claim or never',
      'every write of one request is lost or delayed',
      'const sendBeforeMs = refund.claimedAtMs + SEND_WINDOW_MS;',
      'const sendBeforeMs = refund.claimedAtMs + 100 * SEND_WINDOW_MS;',
    ],
    [
      '6: a time-out is in doubt',
      'one caller dies at any point, and time passes',
      'return inDoubt(sent, { text: `unknown: ${outcome.cause}` }, world);',
      'return notSent(attempt, outcome.cause, providerUnavailable, world);',
    ],
  ],
  'refund/evidence.ts': [
    [
      '4: the entries add up to a or more',
      'a PG that splits a refund into entries that appear one after the other',
      'if (isAmountKnown && done < refund.amount) return undecided(DOUBTS.partly);',
    ],
    [
      '4: code 0 of an asynchronous PG proves nothing',
      'an asynchronous PG that a deployer has named accepts, and another tool takes the same amount',
      'if (isAsynchronous(look)) return undecided(DOUBTS.asynchronous);\n  if (!provider.sumTold)',
      'if (!provider.sumTold)',
    ],
    [
      '4: the answer is proof when the entries that may be ours add up to a',
      'a PG that drops reasons, two callers and another tool with the same amount',
      ' && sumOf(entries) === amount',
      '',
    ],
    [
      '6: code 0 without our entry is in doubt',
      'an answer that does not show our entry yet',
      ': undecided(DOUBTS.stillAlive);',
      ": { kind: 'done', by: 'answer', entries, anomalies: [] };",
    ],
    [
      '7: an entry that may be ours decides nothing',
      'a PG that drops reasons, and looks of which two are wrong',
      'if (mayHoldOurs) return DOUBTS.couldBeOurs;',
    ],
    [
      '7: entries account for all of R',
      'our entry shown late, beside another’s of the same amount',
      'return shown === provider.cancelAmount ? undefined : DOUBTS.doesNotAddUp;',
      'return undefined;',
    ],
    [
      '7: may be ours: a PG may split a refund',
      'a PG that splits a refund and drops reasons, and another tool with a part of it',
      'entry.amount <= amount &&',
      'entry.amount === amount &&',
    ],
  ],
  'protocol/answer.ts': [
    [
      '5: a refusal that says under way or already cancelled proves nothing (5d)',
      'refusals that prove nothing, and others that end the request',
      ' || meaning !== undefined) return inDoubt',
      ') return inDoubt',
    ],
  ],
  'refund/attribution.ts': [
    [
      '8: an entry that may be the refund in flight waits',
      'a PG that drops reasons, and a webhook that read the ledger before the claim',
      'if (pending !== undefined && mayBeOurs(entry, pending, held)) isComplete = false;\n      else elsewhere.push(entry);',
      'elsewhere.push(entry);',
    ],
  ],
  'refund/closing.ts': [
    [
      '10: no entry of the console',
      'people who name the console’s cancel are refused',
      'if (entry.fromConsole === true) return FROM_CONSOLE;',
    ],
  ],
};
