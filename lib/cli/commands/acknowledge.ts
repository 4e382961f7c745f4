import { COULD_NOT, UsageError, valued, type Command } from '../command.ts';
import { serviceFor, serviceOptions, tellAnswer } from '../service.ts';

export const acknowledgeCommand: Command = {
  name: 'acknowledge',
  takes: '<finding>',
  positionals: 1,
  summary: 'ends the alarm for a finding that staff have checked',
  about: [
    'The finding stays in the reports with the note, and raises the alarm again if it changes. reconcile --last lists the findings (fd_…).',
  ],
  options: {
    note: valued('TEXT', 'what you found out, and why nothing else has to be done; no personal data'),
    ...serviceOptions('says it'),
  },
  required: ['note'],
  exits: ['acknowledged', 'the service has refused it, and says why', COULD_NOT],
  run: async (given, world) => {
    const [finding] = given.positionals;
    if (finding === undefined)
      throw new UsageError('acknowledge needs <finding>; reconcile --last names it.');
    const api = await serviceFor(given, world);
    const answer = await api.acknowledge(finding, given.text('note') ?? '');
    return tellAnswer(answer, { subject: finding, done: 'acknowledged.' }, given, world);
  },
};
