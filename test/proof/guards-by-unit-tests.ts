import type { GuardsOfFiles } from './guards.ts';

/** Guards that tests of single rows notice. The conditions of writes are not among them: conditions.test.ts has each. */
export const BY_UNIT_TESTS: GuardsOfFiles = {
  'protocol/find.ts': [
    [
      '0: a key finds its refund at whichever payment of the order it was for',
      '  const holder = await keyHolder(payments, wanted, world);\n  if (holder !== undefined) return holder;\n',
      '',
    ],
  ],
  'refund/decide.ts': [
    [
      '0: REFUND[k] is read before anything is refused',
      "  return mustRead && (decision.kind === 'refuse' || decision.kind === 'busy')",
      "  return mustRead && decision.kind === 'replay'",
    ],
    [
      '0: the same key with another body is refused',
      "    if (!isSame) return refuse({ code: 'IDEMPOTENCY_KEY_REUSED', refund, payment });\n",
      '',
    ],
    ['3: gen counts the claims', '    gen: before + 1,', '    gen: 1,'],
    [
      '7d: a key whose refund was not executed is answered, not claimed',
      "    if (isFinal(refund)) return { kind: 'replay', refund };\n",
      "    if (isFinal(refund) && refund.status !== 'not_executed') return { kind: 'replay', refund };\n",
    ],
    ['restored: its key is not free again', ' || refund.isRestored === true);', ');'],
  ],
  'protocol/cancel.ts': [
    [
      '0b: an equal refund is found behind another wish',
      '  if (lastWish?.wish === wish) return',
      '  if (lastWish !== undefined) return',
    ],
  ],
  'protocol/transact.ts': [
    [
      '3a: the same transaction with the same token, until the table answers',
      '      const written = await world.ledger.write(write, token);',
      '      const written = await world.ledger.write(write, isUnclear ? world.newId() : token);',
    ],
    [
      '3a: a lost answer is no refusal of the table',
      '      if (!error.isKnownNotApplied) isUnclear = true;\n',
      '',
    ],
    [
      '3a: a conflict after a lost answer is no answer',
      'error.isConflict && !isUnclear && write.kind',
      'error.isConflict && write.kind',
    ],
    [
      '3a: a claim that meets another transaction is decided again',
      "      if (error.isConflict && !isUnclear && write.kind === 'claim') return { kind: 'conflict' };\n",
      '',
    ],
  ],
  'protocol/send.ts': [
    [
      '3a: a claim that was not answered is told 202',
      "      return { kind: 'unknown', payment, refund };\n    case 'applied':",
      "      return { kind: 'refused', refusal: storeUnavailable };\n    case 'applied':",
    ],
    [
      '9: told only when the write is confirmed',
      "    return refused(refusal);\n  }\n  return { kind: 'unknown', payment, refund };",
      '    return refused(refusal);\n  }\n  return refused(refusal);',
    ],
  ],
  'protocol/read.ts': [
    [
      '3a: what can still arrive is not told as not found',
      'world.now() <= askedAtMs + deadAfterMs',
      'world.now() < askedAtMs',
    ],
  ],
  'refund/evidence.ts': [
    [
      '3b: another payment is not sent upon',
      "  if (different !== undefined) return { kind: 'mismatch', why: different };\n",
      '',
    ],
    [
      '3b: a tag of k is a refund that was done',
      "  if (tagged?.kind === 'done') return { kind: 'done', done: tagged };\n",
      '',
    ],
    [
      '3b: a part of k is for people',
      "  if (tagged?.kind === 'part') return { kind: 'mismatch', why: DOUBTS.partly };\n",
      '',
    ],
    ['3b: what is not paid is not sent upon', "  if (!provider.isPaid) return { kind: 'not_paid' };\n", ''],
    [
      '3b: a sum that is not told is not sent upon',
      "  if (!provider.sumTold) return { kind: 'mismatch', why: DOUBTS.sumNotTold };\n",
      '',
    ],
    [
      '3b: R below L is not sent upon',
      "  if (provider.cancelAmount < payment.cancelAmount) return { kind: 'mismatch', why: DOUBTS.shrunk };\n",
      '',
    ],
    [
      '3b: R above L is booked first',
      "provider.cancelAmount > payment.cancelAmount ? { kind: 'moved' } : { kind: 'send' }",
      "provider.cancelAmount < 0 ? { kind: 'moved' } : { kind: 'send' }",
    ],
    [
      '4: on a promotion a tagged entry is the whole of its refund',
      'const isAmountKnown = !payment.hasPromotion && ',
      'const isAmountKnown = ',
    ],
    [
      '4: an entry listed twice counts once',
      '  return [...new Map(cancelHistory.map((entry) => [entryKey(entry), entry])).values()];',
      '  return cancelHistory;',
    ],
    [
      '4: code 0 with a sum that is not told proves nothing',
      "  if (!provider.sumTold) return { kind: 'undecided', why: DOUBTS.sumNotTold };\n  const entries",
      '  const entries',
    ],
    [
      '4: and R has moved by a',
      ': provider.cancelAmount >= plus(start(look), refund.amount) && sumOf(entries) === refund.amount;',
      ': sumOf(entries) === refund.amount;',
    ],
    [
      '4: on a promotion R must be above what it was',
      '    ? provider.cancelAmount > refund.cancelledBefore && entries.length > 0',
      '    ? entries.length > 0',
    ],
    [
      '5: a part of ours is in doubt (7e)',
      "  if (tagged?.kind === 'part') return { kind: 'undecided', why: DOUBTS.partly };\n  const doubt = unreliable(look);\n  if (doubt !== undefined) return doubt;\n  return { kind: 'not_done'",
      "  const doubt = unreliable(look);\n  if (doubt !== undefined) return doubt;\n  return { kind: 'not_done'",
    ],
    [
      '5: an unreliable read-back decides nothing',
      "  if (doubt !== undefined) return doubt;\n  return { kind: 'not_done', usedByOthers: provider.cancelAmount > start(look) };\n}\n\n/** R that",
      "  return { kind: 'not_done', usedByOthers: provider.cancelAmount > start(look) };\n}\n\n/** R that",
    ],
    [
      '7: a tag is believed at any time',
      "  if (tagged?.kind === 'done') return tagged;\n  if (tagged?.kind === 'part') return { kind: 'undecided', why: DOUBTS.partly };\n  const doubt = unreliable(look);\n  if (doubt !== undefined) return doubt;\n  if (isAsynchronous(look))",
      "  if (tagged?.kind === 'part') return { kind: 'undecided', why: DOUBTS.partly };\n  const doubt = unreliable(look);\n  if (doubt !== undefined) return doubt;\n  if (isAsynchronous(look))",
    ],
    [
      '7: a part of ours decides nothing',
      "  if (tagged?.kind === 'part') return { kind: 'undecided', why: DOUBTS.partly };\n  const doubt = unreliable(look);\n  if (doubt !== undefined) return doubt;\n  if (isAsynchronous(look))",
      '  const doubt = unreliable(look);\n  if (doubt !== undefined) return doubt;\n  if (isAsynchronous(look))',
    ],
    [
      '7: R that is not told decides nothing',
      "  if (!provider.sumTold) return { kind: 'undecided', why: DOUBTS.sumNotTold };\n  const isBelow",
      '  const isBelow',
    ],
    [
      '7: an asynchronous PG is decided by its entry alone',
      "  if (isAsynchronous(look)) return { kind: 'undecided', why: DOUBTS.asynchronous };\n  const { deadAfterMs",
      '  const { deadAfterMs',
    ],
    [
      '7: only a look after G',
      "  if (beganAtMs <= refund.claimedAtMs + deadAfterMs) return { kind: 'undecided', why: DOUBTS.stillAlive };\n",
      '',
    ],
    [
      '7: a history ahead of its sum, too',
      '    return shown > provider.cancelAmount && mayHoldOurs ? DOUBTS.couldBeOurs : undefined;',
      '    return undefined;',
    ],
    ['7: may be ours: not of more than was asked', '    entry.amount <= amount &&\n', ''],
    [
      '7: may be ours: no tag of another refund',
      '    idsIn(entry.reason).every((id) => id === refundId.toLowerCase()) &&\n',
      '',
    ],
    ['7: may be ours: not from the console', '    entry.fromConsole !== true &&\n', ''],
    ['7: may be ours: held by no other item', '    !held.has(key) &&\n', ''],
    [
      '7d: the second look begins thirty seconds after the first',
      "  if (beganAtMs < refund.lookedAtMs + betweenLooksMs) return { kind: 'undecided', why: DOUBTS.firstLook };\n",
      '',
    ],
    [
      '7d: two looks',
      "  if (refund.lookedAtMs === undefined) return { kind: 'first_look' };\n  if (beganAtMs < refund.lookedAtMs + betweenLooksMs) return { kind: 'undecided', why: DOUBTS.firstLook };\n",
      '',
    ],
    ['restored: its tag ends it whatever the sum', ' && refund.isRestored !== true;', ';'],
    [
      '7: R below L, or not told, decides nothing',
      '  if (doubt !== undefined) return doubt;\n  if (isAsynchronous(look)) return',
      '  if (isAsynchronous(look)) return',
    ],
    [
      '7: R below L decides nothing',
      'const isBelow = provider.cancelAmount < payment.cancelAmount || provider.cancelAmount < start(look);',
      'const isBelow = false;',
    ],
  ],
  'protocol/settle.ts': [
    [
      '4: and keeps the balance where L is above R',
      'const keepsBalance = provider === undefined || provider.cancelAmount < payment.cancelAmount;',
      'const keepsBalance = provider === undefined;',
    ],
    [
      '4: a tag that comes when the refund was told otherwise is not thrown away',
      '      return isProof && !isElsewhere(item) ? prove(payment, item, finishing, world) : undefined;',
      '      return undefined;',
    ],
    [
      '8: another payment’s word is never taken over',
      '  if (differentPayment(payment, provider) !== undefined) return payment;\n',
      '',
    ],
    ['8: a sum that is not told is not booked', '  if (!provider.sumTold) return attributed.payment;\n', ''],
    [
      '8: a history counts as held only when every entry is',
      '    else isComplete = false;\n    const asked',
      '    const asked',
    ],
    [
      '8: a foreign cancel that could not be written is tried again',
      "    } else if (transacted.kind !== 'refused') isComplete = false;",
      '    }',
    ],
    [
      '11: the first look that showed R < L is kept',
      '  if (payment.shrunk !== undefined) {',
      '  if (payment.shrunk !== undefined && payment.isPaid === false) {',
    ],
  ],
  'protocol/answer.ts': [
    [
      '5d: a payment that cannot be read back is in doubt',
      '    return inDoubt(sent, note, world);\n  }\n  const provider',
      "    return end(sent, { refund: rejectedRefund(refund, 'CANCEL_REJECTED', { decidedBy: 'answer', nowMs: world.now() }), provider: sent.before as never, beganAtMs }, world);\n  }\n  const provider",
    ],
  ],
  'refund/closing.ts': [
    [
      '10: never against a tag',
      "    if (tagged?.kind === 'done') return { kind: 'settle', done: tagged, provider };\n",
      '',
    ],
    [
      '10: nor against a part of one',
      "    if (tagged?.kind === 'part' && statement.said.verdict === 'not_executed') return stillResolvable;\n",
      '',
    ],
    [
      '10: not before it is in drift',
      "  if (!isDrift(refund, nowMs, settings.quietPeriodMs)) return { code: 'STILL_RESOLVABLE' };\n",
      '',
    ],
    [
      '10: not while a rule decides it',
      "judgeLook({ ...look, provider }).kind === 'undecided' ? undefined : { code: 'STILL_RESOLVABLE' }",
      'undefined',
    ],
    [
      '10: not before the provider was unreadable for twenty quiet periods',
      '  return nowMs - unreadableSinceMs >= unreadableForMs',
      '  return nowMs >= unreadableSinceMs',
    ],
    [
      '10: no entry with another refund’s tag',
      '  if (idsIn(entry.reason).some((id) => id !== refund.refundId.toLowerCase())) return ANOTHER_REFUNDS_TAG;\n',
      '',
    ],
    [
      '10: no entry that another refund holds',
      '  if (held.has(entryKey(entry))) return ANOTHER_REFUNDS_ENTRY;\n',
      '',
    ],
    [
      '10: no entry that the look before the send had shown',
      '  if (refund.seen?.includes(entryKey(entry)) === true) return OLDER;\n',
      '',
    ],
    [
      '10: no entry that is older than the claim',
      '  return isOlder ? OLDER : undefined;',
      '  return isOlder ? undefined : undefined;',
    ],
    [
      '10: not more than was asked',
      "      return isTooMuch ? fault('/entries', MORE_THAN_ASKED) : found;",
      '      return isTooMuch ? found : found;',
    ],
    [
      '10: nor where nothing is listed',
      'said.amount > 0 && said.amount <= refund.amount ? []',
      'said.amount > 0 ? []',
    ],
    ['10: each entry once', '    .filter((entry) => !taken.includes(entry))\n', ''],
    ['10: every entry of ours', "      if (missing) return fault('/entries', OURS_LEFT_OUT);\n", ''],
    ['10: two people are two', '  if (isSamePerson(proposal.by, by)) {', "  if (proposal.evidence === '') {"],
    ['10: who say the same', '  if (!agrees) {', '  if (!agrees && nowMs < 0) {'],
    [
      '10: a proposal lasts a day',
      'proposal.atMs >= sinceMs && nowMs - proposal.atMs < PROPOSAL_LASTS_MS;',
      'proposal.atMs >= sinceMs;',
    ],
    [
      '10: a proposal is of this claim',
      'proposal !== undefined && proposal.atMs >= sinceMs && nowMs',
      'proposal !== undefined && nowMs',
    ],
    [
      '11: R is below L',
      '  if (!isBelow || shrunk === undefined || payment.inFlight !== undefined) return stillResolvable;',
      '  if (shrunk === undefined || payment.inFlight !== undefined) return stillResolvable;',
    ],
    [
      '11: in two looks',
      '  if (!isBelow || shrunk === undefined || payment.inFlight !== undefined) return stillResolvable;\n  if (beganAtMs < shrunk.atMs + waitsOf(quietPeriodMs).betweenLooksMs) return stillResolvable;',
      '  if (!isBelow || shrunk === undefined || payment.inFlight !== undefined) return stillResolvable;',
    ],
  ],
  'protocol/close.ts': [
    [
      '10: nobody decides about their own money',
      "    if (right.kind !== 'staff') return refused({ code: 'FORBIDDEN' });\n",
      '',
    ],
    [
      '10: a foreign cancel may turn out to be ours',
      '    items.filter((item) => !isElsewhere(item)),',
      '    items,',
    ],
  ],
  'refund/times.ts': [
    [
      '7: after G means after the send window, too',
      '    deadAfterMs: SEND_WINDOW_MS + quietPeriodMs + clockSkewMs,',
      '    deadAfterMs: quietPeriodMs + clockSkewMs,',
    ],
    [
      '7: and after the difference of two clocks',
      '    deadAfterMs: SEND_WINDOW_MS + quietPeriodMs + clockSkewMs,',
      '    deadAfterMs: SEND_WINDOW_MS + quietPeriodMs,',
    ],
  ],
  'refund/attribution.ts': [
    [
      '8: a tag of a refund in flight keeps the history open',
      "    if (tagged?.status === 'requested') isComplete = false;\n    else if",
      "    if (tagged?.status === 'requested') continue;\n    else if",
    ],
    [
      "8': the tag of a refund told as not done corrects it",
      '    else if (tagged !== undefined && holders.get(key) !== tagged) {',
      "    else if (tagged !== undefined && holders.get(key) !== tagged && tagged.status === 'cancelled') {",
    ],
    [
      "8': an attribution that the tag disproves is given up",
      ' || isDisproved(refund, provider)) continue;',
      ') continue;',
    ],
  ],
  'protocol/in-flight.ts': [
    [
      'restored: what HEAD names as in flight is made anew when it is not there',
      "  const { kind } = await transact({ kind: 'restore', payment: head, refund }, untilMs, world);",
      "  const kind: string = 'refused';",
    ],
    [
      'restored: L is no evidence that nothing was executed',
      'const cancelledBefore = sum([...held.values()]);',
      'const { cancelAmount: cancelledBefore } = payment;',
    ],
  ],
  'ledger/plans.ts': [
    [
      '11: and forgotten when R is not below L any more',
      "...withDigest(digest, wordOf(payment, provider), ['shrunk']) };",
      '...withDigest(digest, wordOf(payment, provider)) };',
    ],
  ],
};
