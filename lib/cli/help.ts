import { ANYWHERE, type Command, type Option } from './command.ts';

const WIDTH = 24;

/** What `refunds` can do, a line each. */
export function generalHelp(commands: readonly Command[]): string {
  const lines = commands.map(({ name, takes, summary }) => `  ${`${name} ${takes}`.padEnd(42)}${summary}`);
  return [
    'What happened to every won.',
    '',
    'npm run --silent refunds -- COMMAND …',
    ...lines,
    '',
    'Every command has --help, with its exit statuses, and --json.',
    'Without --table the local run is asked (PORT, else 3000; or --url).',
    'Nothing here moves money: the commands read the table, or ask the service by its own doors.',
  ].join('\n');
}

export function commandHelp({ name, takes, summary, about, options, exits }: Command): string {
  return [
    `${name}: ${summary}`,
    '',
    `  npm run --silent refunds -- ${name} ${takes}`.trimEnd(),
    '',
    ...about,
    '',
    ...Object.entries({ ...options, ...ANYWHERE }).map(optionLine),
    '',
    ...exits.map((meaning, status) => `  exit ${status}   ${meaning}`),
  ].join('\n');
}

function optionLine([name, { value, about }]: readonly [string, Option]): string {
  return `  ${`--${name}${value === undefined ? '' : ` ${value}`}`.padEnd(WIDTH)} ${about}`;
}
