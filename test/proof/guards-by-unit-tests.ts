import type { UnitTestGuards } from './guards.ts';

/** Guards that unit tests of single rows notice. The conditions of writes are in conditions.test.ts. */
export const BY_UNIT_TESTS: UnitTestGuards = {
  'protocol/find.ts': [
    [
      '0: a key finds its refund at whichever payment of the order it was for',
      'const holder = await keyHolder(payments, wanted, world);\n  if (holder !== undefined) return holder;',
    ],
  ],
  'refund/decide.ts': [
    [
      '0: REFUND[k] is read before anything is refused',
      "return mustRead && (decision.kind === 'refuse' || decision.kind === 'busy')",
      "return mustRead && decision.kind === 'replay'",
    ],
    ['0: the same key with another body is refused', 'if (!isSame) return'],
    ['3: gen counts the claims', '    gen: before + 1,', '    gen: 1,'],
    [
      '7d: a key whose refund was not executed is answered, not claimed',
      "if (isFinal(refund)) return { kind: 'replay', refund }",
      "if (isFinal(refund) && refund.status !== 'not_executed') return { kind: 'replay', refund }",
    ],
    ['restored: its key is not free again', ' || refund.isRestored === true);', ');'],
  ],
  'protocol/cancel.ts': [
    ['0: an order in another currency', 'return isInOtherCurrency(owned.order, payment)', 'return false'],
    ['0b: an equal refund is found after another request', 'recent.findLast(', 'recent.slice(-1).findLast('],
  ],
  'protocol/write.ts': [
    [
      '3a: the same transaction with the same token is repeated until the table answers',
      'const written = await world.ledger.write(write, token);',
      'const written = await world.ledger.write(write, isUnclear ? world.newId() : token);',
    ],
    [
      '3a: a lost answer does not count as a refusal of the table',
      'if (!error.isKnownNotApplied) isUnclear = true;',
    ],
    ['3a: a conflict after a lost answer decides nothing', '&& !isUnclear && write.kind', '&& write.kind'],
    [
      '3a: a claim with a transaction conflict is decided again',
      "if (error.isConflict && !isUnclear && write.kind === 'claim') return { kind: 'conflict' };",
    ],
  ],
  'protocol/send.ts': [
    ['3b: the currency of the order again', '  if (isInOtherCurrency(now, payment))', '  if (false)'],
    ['6: the entries that the look before the send saw are kept', 'refund: { ...refund, seen }', 'refund'],
    [
      '3a: an unanswered claim is told 202',
      "return { kind: 'unknown', payment, refund };\n    case 'applied':",
      "return { kind: 'refused', refusal: storeUnavailable };\n    case 'applied':",
    ],
    [
      '9: 503 is told only when the write is confirmed',
      "return refused(refusal);\n  }\n  return { kind: 'unknown', payment, refund };",
      'return refused(refusal);\n  }\n  return refused(refusal);',
    ],
  ],
  'protocol/read.ts': [
    [
      '3a: a refund whose request may still arrive is not told as 404',
      'world.now() <= askedAtMs + deadAfterMs',
      'world.now() < askedAtMs',
    ],
  ],
  'refund/evidence.ts': [
    [
      '3b, 4, 5, 7: another payment proves nothing, and nothing is sent',
      'return different === undefined ? judgeTag(look) : undecided(different);',
      'return judgeTag(look);',
    ],
    [
      '3b: a listed tag of k means that nothing is sent',
      "if (ours !== undefined) return ours;\n  if (!provider.isPaid) return { kind: 'not_paid' }",
      "if (!provider.isPaid) return { kind: 'not_paid' }",
    ],
    ['3b: nothing is sent for an unpaid payment', "if (!provider.isPaid) return { kind: 'not_paid' };"],
    ['3b: nothing is sent when R is not told or below L', 'if (doubt !== undefined) return doubt;'],
    ['3b: R above L is booked first', "provider.cancelAmount > payment.cancelAmount ? 'moved' : ", ''],
    ['4: on a promotion a tagged entry is the whole refund', '!payment.hasPromotion && ', ''],
    [
      '4: an entry listed twice counts once',
      'return [...new Map(cancelHistory.map((entry) => [entryKey(entry), entry])).values()];',
      'return cancelHistory;',
    ],
    [
      '4: code 0 proves nothing when R is not told',
      'if (!provider.sumTold) return undecided(DOUBTS.sumNotTold);\n  const entries',
      'const entries',
    ],
    [
      '4: code 0 proves the refund only when R has grown by a',
      'provider.cancelAmount >= plus(cancelledBefore, amount) && sumOf',
      'sumOf',
    ],
    [
      '4: on a promotion R must be above its value at the claim',
      'provider.cancelAmount > cancelledBefore && entries.length > 0',
      'entries.length > 0',
    ],
    [
      '5: a tag or a part of ours comes before the refusal',
      'return judgeOurs(look) ?? judgeBalance(look) ?? notDone(look);',
      'return judgeBalance(look) ?? notDone(look);',
    ],
    ['5: an unreliable read-back decides nothing', ') ?? judgeBalance(look) ?? notDone(', ') ?? notDone('],
    [
      '7: a tag or a part of ours is believed at any time',
      'const known = judgeOurs(look) ?? judgeBalance(look);',
      'const known = judgeBalance(look);',
    ],
    ['7: R below L or not told decides nothing', 'look) ?? judgeBalance(look);', 'look);'],
    [
      '3b, 5, 7: an R that is not told decides nothing',
      'if (!provider.sumTold) return undecided(DOUBTS.sumNotTold);\n  const isBelow',
      'const isBelow',
    ],
    [
      '7: an asynchronous PG is decided by its entry alone',
      'if (isAsynchronous(look)) return undecided(DOUBTS.asynchronous);\n  const { deadAfterMs',
      'const { deadAfterMs',
    ],
    ['7: only a look after G', 'if (beganAtMs <= refund.claimedAtMs + deadAfterMs) return'],
    [
      '7: a history ahead of R decides nothing either',
      'return shown > provider.cancelAmount && mayHoldOurs ? DOUBTS.couldBeOurs : undefined;',
      'return undefined;',
    ],
    ['7: may be ours: amount at most a', 'entry.amount <= amount &&'],
    [
      '7: may be ours: no tag of another refund',
      'idsIn(entry.reason).every((id) => id === refundId.toLowerCase()) &&',
    ],
    ['7: may be ours: not from the console', 'entry.fromConsole !== true &&'],
    ['7: may be ours: held by no other item', '!held.has(key) &&'],
    ['7: may be ours: not seen before the send', ' &&\n    !(seen?.includes(key) ?? false)', ''],
    [
      '7d: the second look begins thirty seconds after the first',
      'if (beganAtMs < refund.lookedAtMs + betweenLooksMs) return undecided(DOUBTS.firstLook);',
    ],
    [
      '7d: two looks',
      "if (refund.lookedAtMs === undefined) return { kind: 'first_look' };\n  if (beganAtMs < refund.lookedAtMs + betweenLooksMs) return undecided(DOUBTS.firstLook);",
    ],
    ['restored: its tag ends it with any sum', ' && refund.isRestored !== true;', ';'],
    [
      '3b, 5, 7: R below L decides nothing',
      'const isBelow = provider.cancelAmount < greater(payment.cancelAmount, refund.cancelledBefore);',
      'const isBelow = false;',
    ],
  ],
  'protocol/settle.ts': [
    ['broken: an unreadable item may hold every entry', 'isWhole ? plan.elsewhere : []', 'plan.elsewhere'],
    ['broken: the history does not count as held', 'plan.isComplete && isWhole', 'plan.isComplete'],
    ['4: the balance is kept when L is above R', ' || provider.cancelAmount < payment.cancelAmount', ''],
    [
      '4: a tag that appears after another end is told as the end',
      " && (item.status === 'cancelled' || !isProof(finishing.refund))",
      '',
    ],
    [
      '8: an answer about another payment is never stored',
      'if (differentPayment(payment, provider) !== undefined) return payment;',
    ],
    ['8: an R that is not told is not booked', 'if (!provider.sumTold) return attributed.payment;'],
    ['8: a history counts as held only when every entry is held', '  else isComplete = false;\n    ', '  '],
    [
      '8: a foreign cancel that could not be written is written at the next look',
      "} else if (transacted.kind !== 'refused') isComplete = false;",
      '}',
    ],
    [
      '11: the first look that showed R < L is kept',
      'if (payment.shrunk !== undefined) {',
      'if (payment.shrunk !== undefined && payment.isPaid === false) {',
    ],
  ],
  'protocol/answer.ts': [
    [
      '6: a list of seen entries that is too long for the item is not stored',
      "|| seen.join('').length > MOST_SEEN_CHARACTERS ? undefined : seen;",
      '? undefined : seen;',
    ],
    [
      '5d: a payment that cannot be read back leaves the refund in doubt',
      'return inDoubt(sent, note, world);\n  }\n  const provider',
      "return end(sent, { refund: rejectedRefund(refund, 'CANCEL_REJECTED', { decidedBy: 'answer', nowMs: world.now() }), provider: sent.before as never, beganAtMs }, world);\n  }\n  const provider",
    ],
  ],
  'refund/closing.ts': [
    ['10: people cannot decide against a tag', "if (tagged?.kind === 'done') return"],
    [
      '10: people cannot decide against a part with the tag',
      "if (tagged !== undefined && statement.said.verdict === 'not_executed') return stillResolvable;",
    ],
    ['10: people decide only in drift', 'if (!isDrift(refund, nowMs, settings.quietPeriodMs)) return'],
    [
      '10: people decide only when no rule decides',
      "judgeLook({ ...look, provider }).kind === 'undecided' ? undefined : { code: 'STILL_RESOLVABLE' }",
      'undefined',
    ],
    [
      '10: people decide about an unreadable payment only after twenty quiet periods',
      'return nowMs - unreadableSinceMs >= unreadableForMs',
      'return nowMs >= unreadableSinceMs',
    ],
    [
      '10: no entry with another refund’s tag',
      'if (idsIn(entry.reason).some((id) => id !== refund.refundId.toLowerCase())) return ANOTHER_REFUNDS;',
    ],
    ['10: no entry that another item holds', 'if (held.has(entryKey(entry))) return'],
    [
      '10: no entry that the look before the send saw',
      'if (refund.seen?.includes(entryKey(entry)) === true) return OLDER;',
    ],
    ['10: no entry that is older than the claim', 'return isOlder ? OLDER', 'return isOlder ? undefined'],
    ['10: the entries do not exceed a', "? fault('/entries', MORE_THAN_ASKED) : found", '? found : found'],
    ['10: an unlisted amount does not exceed a', '> 0 && said.amount <= refund.amount ? []', '> 0 ? []'],
    ['10: each entry is named once', '.filter((entry) => !taken.includes(entry))'],
    ['10: every entry with our tag is named', 'if (tagged.some((entry) => !found.includes(entry))) return'],
    ['10: no entry counts as unlisted when one with our tag is listed', 'if (tagged.length > 0) return'],
    ['10: the two people are different', 'isSamePerson(proposal.by, by)) {', "proposal.evidence === '') {"],
    ['10: both people say the same', '  if (!agrees) {', '  if (!agrees && nowMs < 0) {'],
    [
      '10: a proposal is valid for a day',
      'return nowMs - proposal.atMs < PROPOSAL_LASTS_MS ? proposal : undefined;',
      'return proposal;',
    ],
    ['10: a proposal belongs to this claim', 'undefined || proposal.atMs < claimedAtMs)', 'undefined)'],
    ['11: undone only when R is below L', '!isBelow || shrunk === undefined ||', 'shrunk === undefined ||'],
    [
      '11: undone only after two looks',
      'if (!isBelow || shrunk === undefined || payment.inFlight !== undefined) return stillResolvable;\n  if (beganAtMs < shrunk.atMs + waitsOf(quietPeriodMs).betweenLooksMs) return stillResolvable;',
      'if (!isBelow || shrunk === undefined || payment.inFlight !== undefined) return stillResolvable;',
    ],
  ],
  'protocol/close.ts': [
    ['10: staff do not decide about their money', "(right.kind !== 'staff') return", '(false) return'],
    [
      '10: a foreign cancel may be attributed to our refund',
      'items.filter((item) => !isElsewhere(item)),',
      'items,',
    ],
  ],
  'refund/times.ts': [
    ['7: "after G" includes the send window', 'SEND_WINDOW_MS + quietPeriodMs +', 'quietPeriodMs +'],
    ['7: "after G" includes the clock difference', '+ quietPeriodMs + clockSkewMs,', '+ quietPeriodMs,'],
  ],
  'refund/attribution.ts': [
    ["8': an entry taken wrongly is foreign again", 'wasTakenFor(stranger, refunds)) ', 'false) '],
    [
      '8: a tag of the refund in flight keeps the history from counting as held',
      "if (tagged?.status === 'requested') isComplete = false;\n    else if",
      "if (tagged?.status === 'requested') continue;\n    else if",
    ],
    [
      "8': the tag of a refund told as not done corrects it",
      'else if (tagged !== undefined && holders.get(key) !== tagged) {',
      "else if (tagged !== undefined && holders.get(key) !== tagged && tagged.status === 'cancelled') {",
    ],
    ["8': an attribution that the tag disproves is removed", ' || isDisproved(refund, provider)', ''],
  ],
  'protocol/in-flight.ts': [
    [
      'restored: a missing refund that HEAD names as in flight is created again',
      "const { kind } = await transact({ kind: 'restore', payment: head, refund }, untilMs, world);",
      "const kind: string = 'refused';",
    ],
    [
      'restored: L does not prove that nothing was executed',
      'const cancelledBefore = sum([...held.values()]);',
      'const { cancelAmount: cancelledBefore } = payment;',
    ],
  ],
  'ledger/plans.ts': [
    [
      '11: the note of the first look is removed when R is no longer below L',
      "remove: [...remove, 'shrunk']",
      'remove',
    ],
  ],
};
