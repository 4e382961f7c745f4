import * as v from 'valibot';
import {
  COULD_NOT,
  OperationsError,
  valued,
  type Command,
  type Given,
  type Surroundings,
} from '../command.ts';
import { runFunction } from '../invoke.ts';
import { PERIOD, periodIn } from '../period.ts';

export const eventsCommand: Command = {
  name: 'events',
  takes: '',
  positionals: 0,
  summary: 'sends the events of a period again, as the ledger has them now',
  about: [
    'For each refund and each cancel made elsewhere that is listed in the period, the last event is sent to the bus again, and ' +
      'the rules of the bus deliver it. An event keeps its `event_id`, so a consumer that has already handled it can ' +
      'skip it.',
    'In AWS it invokes --function with the aws command, as often as the period needs.',
  ],
  options: {
    from: valued('DAY', `${PERIOD.from.about} (needed)`),
    to: PERIOD.to,
    function: valued('NAME', 'in AWS: EventsFunction in the outputs of the stack', { not: ['url'] }),
    region: valued('REGION', 'region of --function (else AWS_REGION, or that of AWS_PROFILE)', {
      needs: ['function'],
    }),
    url: valued('URL', 'a local run (without --function; else PORT, and 3000 without PORT)'),
  },
  required: ['from'],
  exits: ['the bus has accepted all events', 'the bus did not accept some; they are in the queue', COULD_NOT],
  run: async (given, world) => {
    const { wanted } = periodIn(given, world.nowMs());
    const { fromMs = 0, toMs = world.nowMs() } = wanted;
    const period = { fromSeconds: Math.floor(fromMs / 1000), toSeconds: Math.ceil(toMs / 1000) };
    let [sent, kept] = [0, 0];
    let cursor: unknown;
    do {
      const part = await sendPart({ ...period, ...(cursor === undefined ? {} : { cursor }) }, given, world);
      sent += part.sent;
      kept += part.kept;
      ({ cursor } = part);
      if (cursor !== undefined) world.notice(`${sent} sent so far`);
    } while (cursor !== undefined);
    if (given.flag('json')) world.json({ sent, kept });
    else {
      world.out(`${sent} event${sent === 1 ? '' : 's'} sent again.`);
      if (kept > 0)
        world.out(`${kept} not sent: they are in the queue, with the reason (EventFailuresQueueUrl).`);
    }
    return kept === 0 ? 0 : 1;
  },
};

const Part = v.object({ sent: v.number(), kept: v.number(), cursor: v.optional(v.unknown()) });

async function sendPart(
  period: object,
  given: Given,
  world: Surroundings,
): Promise<v.InferOutput<typeof Part>> {
  const answer = await runFunction('events', period, given, world);
  const part = v.safeParse(Part, answer);
  if (part.success) return part.output;
  throw new OperationsError(
    `The events were not sent: ${JSON.stringify(answer)}`,
    'Look into the log of the function: EventsFunction and LogGroupNames in the outputs.',
  );
}
