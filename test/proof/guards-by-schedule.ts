import type { GuardsOfFiles } from './guards.ts';

/** Guards that the proof notices: each with the name of its scenario. */
export const BY_SCHEDULE: GuardsOfFiles = {
  'refund/decide.ts': [
    [
      '0b: an equal request without a key is one refund',
      'if (nowMs - lastWish.atMs >= SAME_WISH_MS) return undefined;',
      'if (nowMs > 0) return undefined;',
      'an equal request sent twice without a key',
    ],
  ],
  'ledger/plans.ts': [
    [
      '3: REFUND[k] is absent',
      'refund.gen === 1 ? { notThere } : neverSent',
      'refund.gen === 1 ? {} : neverSent',
      'two callers with the same key, and the provider refuses one of their requests',
    ],
    [
      '4: L := max(L, R)',
      "when: renews ? { cancelAmountNotAbove: cancelAmountIs('at_most', provider) } : {},",
      'when: {},',
      'a claim that was never sent, stale looks, and another request',
    ],
    [
      '4: on a promotion S grows by the amount asked',
      "      ...(refund.status === 'cancelled' ? askedMore(refund.amount, payment) : {}),",
      '',
      'a promotion: entries with another sum than was asked, and a second refund',
    ],
    [
      '7d: the key is not free again',
      'refund.gen === 1 ? { notThere } : neverSent',
      'refund.gen === 1 ? ({}) : neverSent',
      'a request that hangs, the quiet period, two looks, and the key once more',
    ],
    [
      '8: cancel_amount only grows',
      "    ? { cancelAmountBelow: cancelAmountIs('below', provider) }",
      '    ? {}',
      'two webhooks of two cancels in the console, whose looks and writes overtake each other',
    ],
  ],
  'protocol/transact.ts': [
    [
      '3: the token alone says whose claim it is',
      '  const token = world.newId();',
      "  const token = write.kind === 'claim' ? write.refund.refundId.slice(0, 30) : world.newId();",
      'two callers with the same key, and the provider refuses one of their requests',
    ],
  ],
  'protocol/send.ts': [
    [
      '3b: the owner is read again once the claim stands',
      "  if (owner !== 'same') return notSent(attempt, `the owner: ${owner.code}`, owner, world);\n",
      '',
      'the order becomes somebody else’s during a request',
    ],
    [
      '3b: sent within ten seconds of the claim or never',
      '  const sendBeforeMs = refund.claimedAtMs + SEND_WINDOW_MS;',
      '  const sendBeforeMs = refund.claimedAtMs + 100 * SEND_WINDOW_MS;',
      'every write of one request is lost or delayed',
    ],
    [
      '6: a time-out is in doubt',
      '      return inDoubt(sent, { text: `unknown: ${outcome.cause}` }, world);',
      '      return notSent(attempt, outcome.cause, providerUnavailable, world);',
      'one caller dies at any point, and time passes',
    ],
  ],
  'refund/evidence.ts': [
    [
      '4: the entries add up to a or more',
      '  if (isAmountKnown && done < refund.amount) return undecided(DOUBTS.partly);\n',
      '',
      'a PG that splits a refund into entries that appear one after the other',
    ],
    [
      '4: code 0 of an asynchronous PG proves nothing',
      '  if (isAsynchronous(look)) return undecided(DOUBTS.asynchronous);\n  if (!provider.sumTold)',
      '  if (!provider.sumTold)',
      'an asynchronous PG that a deployer has named accepts, and another tool takes the same amount',
    ],
    [
      '4: the answer is proof when the entries that may be ours add up to a',
      'plus(start(look), refund.amount) && sumOf(entries) === refund.amount;',
      'plus(start(look), refund.amount);',
      'a PG that drops reasons, two callers and another tool with the same amount',
    ],
    [
      '6: code 0 without our entry is in doubt',
      '    : undecided(DOUBTS.stillAlive);',
      "    : { kind: 'done', by: 'answer', entries, anomalies: [] };",
      'an answer that does not show our entry yet',
    ],
    [
      '7: an entry that may be ours decides nothing',
      '  if (mayHoldOurs) return DOUBTS.couldBeOurs;\n',
      '',
      'a PG that drops reasons, and looks of which two are wrong',
    ],
    [
      '7: entries account for all of R',
      '  return shown === provider.cancelAmount ? undefined : DOUBTS.doesNotAddUp;',
      '  return undefined;',
      'our entry shown late, beside another’s of the same amount',
    ],
    [
      '7: may be ours: a PG may split a refund',
      '    entry.amount <= amount &&',
      '    entry.amount === amount &&',
      'a PG that splits a refund and drops reasons, and another tool with a part of it',
    ],
    [
      '7: may be ours: not seen before the send',
      ' &&\n    !(seen?.includes(key) ?? false)',
      '',
      'our entry shown late, beside another’s of the same amount',
    ],
  ],
  'protocol/answer.ts': [
    [
      '5: a refusal that says under way or already cancelled proves nothing (5d)',
      ' || meaning !== undefined) return inDoubt',
      ') return inDoubt',
      'refusals that prove nothing, and others that end the request',
    ],
  ],
  'refund/attribution.ts': [
    [
      '8: an entry that may be the refund in flight waits',
      '      if (pending !== undefined && mayBeOurs(entry, pending, held)) isComplete = false;\n      else elsewhere.push(entry);',
      '      elsewhere.push(entry);',
      'a PG that drops reasons, and a webhook that read the ledger before the claim',
    ],
  ],
  'refund/closing.ts': [
    [
      '10: no entry of the console',
      '  if (entry.fromConsole === true) return FROM_CONSOLE;\n',
      '',
      'people who name the console’s cancel are refused',
    ],
  ],
};
