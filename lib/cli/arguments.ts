import { nearMiss } from '../stack/near-miss.ts';
import { ANYWHERE, UsageError, type Command, type Given, type Option } from './command.ts';

type Values = ReadonlyMap<string, readonly string[]>;

/** The command with this name. @throws UsageError with a hint for a similar name */
export function commandNamed(name: string, commands: readonly Command[]): Command {
  const found = commands.find((command) => command.name === name);
  if (found !== undefined) return found;
  const names = commands.map((command) => command.name);
  throw new UsageError(`Unknown command ${name}${hint(name, names, '')} (${names.join(', ')}).`);
}

/** Parses the arguments of a command and refuses unknown ones. @throws UsageError */
export function givenTo(command: Command, words: readonly string[]): Given {
  const options = { ...command.options, ...ANYWHERE };
  const values = new Map<string, readonly string[]>();
  const positionals: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (!word.startsWith('-') || word === '-') {
      positionals.push(word);
      continue;
    }
    const [name, inline] = parted(word, command, options);
    const option = options[name];
    if (values.has(name) && option?.kind !== 'texts') throw new UsageError(`--${name} is given twice.`);
    if (option?.kind === 'flag') {
      if (inline !== undefined) throw new UsageError(`--${name} takes no value.`);
      values.set(name, []);
      continue;
    }
    const value = inline ?? words[(index += 1)];
    values.set(name, [...(values.get(name) ?? []), checked(name, option, value)]);
  }
  return given(command, positionals, values);
}

/** `--table=x` means `--table x`, and `-h` means `--help`. */
function parted(
  word: string,
  command: Command,
  options: Readonly<Record<string, Option>>,
): readonly [string, string | undefined] {
  if (word === '-h') return ['help', undefined];
  const [, dashes = '', name = '', inline] = /^(--?)([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  if (dashes === '--' && Object.hasOwn(options, name)) return [name, inline];
  const where = `see refunds ${command.name} --help`;
  throw new UsageError(
    `${command.name} has no option ${word}${hint(name, Object.keys(options), '--')}; ${where}.`,
  );
}

function checked(name: string, option: Option | undefined, value: string | undefined): string {
  if (value === undefined || value === '' || value.startsWith('--'))
    throw new UsageError(`--${name} needs a value: --${name} ${option?.value ?? 'VALUE'}.`);
  return value;
}

function given(command: Command, positionals: readonly string[], values: Values): Given {
  const tooMuch = positionals[command.positionals];
  if (tooMuch !== undefined) {
    const takes = command.takes === '' ? 'nothing' : command.takes;
    throw new UsageError(`${command.name} takes ${takes}; remove "${tooMuch}".`);
  }
  return {
    positionals,
    text: (option) => values.get(option)?.[0],
    texts: (option) => values.get(option) ?? [],
    flag: (option) => values.has(option),
  };
}

function hint(given_: string, known: readonly string[], dashes: string): string {
  const near = given_ === '' ? undefined : nearMiss(given_, known);
  return near === undefined ? '' : `; perhaps ${dashes}${near}`;
}
