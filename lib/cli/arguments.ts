import { parseArgs } from 'node:util';
import { ANYWHERE, UsageError, type Command, type Given } from './command.ts';

/** The command with this name. @throws UsageError */
export function commandNamed(name: string, commands: readonly Command[]): Command {
  const found = commands.find((command) => command.name === name);
  if (found !== undefined) return found;
  const names = commands.map((command) => command.name);
  throw new UsageError(`Unknown command ${name} (${names.join(', ')}).`);
}

/** Parses the arguments of a command and refuses unknown ones. @throws UsageError */
export function givenTo(command: Command, words: readonly string[]): Given {
  const { values, positionals } = parsed(command, words);
  const texts = (option: string): readonly string[] =>
    (values.get(option) ?? []).filter((each) => typeof each === 'string');
  const given: Given = {
    positionals,
    text: (option) => texts(option)[0],
    texts,
    flag: (option) => values.has(option),
  };
  if (!given.flag('help')) check(command, given);
  return given;
}

function check({ name: command, options, takes, positionals }: Command, given: Given): void {
  for (const [name, { kind, value = '', needs = [], not = [] }] of Object.entries(options)) {
    if (kind === 'text' && given.texts(name).length > 1) throw new UsageError(`--${name} is given twice.`);
    // An unset variable of the shell is an empty text.
    if (given.texts(name).includes('')) throw new UsageError(`--${name} needs a value: --${name} ${value}.`);
    if (!given.flag(name)) continue;
    const lacking = needs.find((other) => !given.flag(other));
    if (lacking !== undefined) throw new UsageError(`--${name} needs --${lacking}.`);
    const contrary = not.find(given.flag);
    if (contrary !== undefined)
      throw new UsageError(`--${name} and --${contrary} exclude each other: give one of them.`);
  }
  const tooMuch = given.positionals[positionals];
  if (tooMuch !== undefined)
    throw new UsageError(`${command} takes ${takes === '' ? 'nothing' : takes}; remove "${tooMuch}".`);
}

/** @throws UsageError if an option is missing without which the command cannot run */
export function requireOptions({ name, options, required = [] }: Command, given: Given): void {
  const missing = required.find((option) => !given.flag(option));
  if (missing !== undefined)
    throw new UsageError(`${name} needs --${missing} ${options[missing]?.value ?? ''}.`);
}

const KINDS = { flag: 'boolean', text: 'string', texts: 'string' } as const;

function parsed({ name, options }: Command, words: readonly string[]) {
  const known = Object.entries({ ...options, ...ANYWHERE }).map(([option, { kind }]) => {
    const how = { type: KINDS[kind], multiple: true } as const;
    return [option, option === 'help' ? { ...how, short: 'h' } : how] as const;
  });
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: Object.fromEntries(known),
    });
    return {
      values: new Map(Object.entries(values).map(([option, all]) => [option, [all].flat()])),
      positionals,
    };
  } catch (error) {
    const said = error instanceof Error ? error.message.replaceAll('\n', ' ') : String(error);
    // Node's hint about words that begin with a dash fits no command of ours.
    const [why = ''] = said.split(/\.? To specify /);
    throw new UsageError(`${why}. See refunds ${name} --help.`, { cause: error });
  }
}
