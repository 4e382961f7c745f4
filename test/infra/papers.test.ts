import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CODES } from '../../functions/http/codes.ts';
import { ListedRefund } from '../../functions/http/listed.ts';
import { EVENT_TYPES, EventDetail } from '../../functions/http/refund-events.ts';
import { DEFAULT_ORDER_ATTRIBUTES } from '../../functions/ledger/keys.ts';
import { commandNamed, givenTo } from '../../lib/cli/arguments.ts';
import { COMMANDS } from '../../lib/cli/refunds.ts';
import { FAULT_TABLE } from '../../lib/lab/simulator/fault-table.ts';
import { settingsOf } from '../../lib/stack/configuration.ts';
import { FUNCTION_NAMES } from '../../lib/stack/functions.ts';
import { outputsOf } from '../../lib/stack/refund-service.ts';
import { ROUTES } from '../../lib/stack/routes.ts';
import {
  allPapers,
  blocksIn,
  deadLinks,
  filesIn,
  linksIn,
  namesIn,
  quotedIn,
  readPaper as read,
  refundsCommandsIn,
  tableOf,
} from '../support/papers.ts';
import { wordsOf } from '../unit/cli/command-line.ts';
import { cdkJson, stackWith } from './support.ts';

const DEPLOY = 'lib/stack/DEPLOY.md';
const LAB = 'lib/lab/README.md';
const READMES = ['README.md', 'README.ko.md'];

function scripts(): Readonly<Record<string, string>> {
  return (JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> }).scripts;
}

describe('every paper', () => {
  it.each(allPapers())('leads somewhere: the links of %s to files and headings', (paper) => {
    expect(deadLinks(paper)).toEqual([]);
  });

  it('shows commands of ours that are understood', () => {
    const papers = allPapers().filter((paper) => !paper.includes('CHANGELOG'));
    const commands = papers.flatMap((paper) => refundsCommandsIn(read(paper)));
    expect(commands.length).toBeGreaterThan(20);
    for (const line of commands) {
      const [name = '', ...words] = wordsOf(line.replaceAll(/"\$(\w+)"/g, '$1'));
      expect(() => givenTo(commandNamed(name, COMMANDS), words), line).not.toThrow();
    }
  });

  it('names only npm scripts that exist', () => {
    const texts = allPapers()
      .filter((paper) => !paper.includes('CHANGELOG'))
      .map(read);
    const named = texts.flatMap((text) =>
      [...text.matchAll(/npm run (?:--silent )?([a-z][\w:-]*)/g)].map(([, name = '']) => name),
    );
    expect(named.filter((name) => scripts()[name] === undefined)).toEqual([]);
  });
});

describe('the rows and sections that comments name', () => {
  const sources = filesIn(['bin', 'functions', 'lib', 'test'], '.ts').filter(
    (file) => !file.endsWith('papers.test.ts'),
  );
  const PROTOCOL = read('functions/protocol/PROTOCOL.md');
  const ROW = String.raw`\d{1,2}[a-e]?'?`;
  const ROWS = new Set([...PROTOCOL.matchAll(/^\| (\d{1,2}[a-e]?'?) /gm)].map(([, row = '']) => row));

  /** Rows that a text speaks of: "row 7d", "rows 4 to 6, 9", "row 8'". */
  function rowsIn(text: string): readonly string[] {
    const list = new RegExp(String.raw`\brows? (${ROW}(?:(?:, | and | to | or )${ROW}\b'?)*)`, 'gi');
    return [...text.matchAll(list)].flatMap(([, rows = '']) => rows.split(/, | and | to | or /));
  }

  function cited(paper: RegExp, text: string): readonly string[] {
    const lists = text.matchAll(
      new RegExp(String.raw`${paper.source} (\d+(?:(?:, | and | to |-)\d+)*)`, 'g'),
    );
    return [...lists].flatMap(([, numbers = '']) => numbers.split(/\D+/));
  }

  it('have a row of the protocol each', () => {
    expect(ROWS.size).toBeGreaterThan(15);
    const unknown = sources.flatMap((file) =>
      rowsIn(read(file))
        .filter((row) => !ROWS.has(row))
        .map((row) => `${file}: row ${row}`),
    );
    expect(unknown).toEqual([]);
  });

  it('are all rows of the protocol: none stands there that no code names', () => {
    const inCode = sources
      .filter((file) => file.startsWith('functions/'))
      .flatMap((file) => rowsIn(read(file)));
    expect([...ROWS].filter((row) => !inCode.includes(row))).toEqual([]);
  });

  it.each([
    ['IAMPORT', 'functions/iamport/IAMPORT.md', 12],
    ['PG-FACTS', 'functions/refund/pg/PG-FACTS.md', 5],
  ])('have a section of %s each', (name, paper, least) => {
    const sections = new Set([...read(paper).matchAll(/^## (\d+)\. /gm)].map(([, section = '']) => section));
    expect(sections.size).toBeGreaterThanOrEqual(least);
    const found = sources.flatMap((file) =>
      cited(new RegExp(name), read(file)).map((section) => ({ file, section })),
    );
    expect(found.length).toBeGreaterThan(10);
    expect(found.filter(({ section }) => !sections.has(section))).toEqual([]);
  });
});

describe.each(READMES)('%s', (paper) => {
  it('is one page, and leads to every other paper once', () => {
    expect(read(paper).trimEnd().split('\n').length).toBeLessThanOrEqual(paper === 'README.md' ? 160 : 170);
    const links = linksIn(read(paper)).filter((link) => link.endsWith('.md'));
    expect(links).toEqual([...new Set(links)]);
    const ofItsLanguage = (link: string) => link.replace('.ko.md', '.md');
    const papers = allPapers().filter((each) => !each.includes('.ko.md') && each !== 'README.md');
    expect(
      links
        .map(ofItsLanguage)
        .filter((link) => link !== 'README.md')
        .toSorted(),
    ).toEqual(papers.toSorted());
  });

  it('tells every code of an answer, at its status', () => {
    const first = paper === 'README.md' ? 'status' : '상태';
    const told = tableOf(paper, first).flatMap(([statuses = '', codes = '']) =>
      quotedIn(codes).map((code) => `${code} ${Number(statuses)}`),
    );
    const known = Object.entries(CODES).map(([code, { status }]) => `${code} ${status}`);
    expect(told.toSorted()).toEqual(known.toSorted());
  });
});

describe('the two readmes', () => {
  /** Everything but the words. Texts between quotes, and comments, speak the language of their paper. */
  function shape(paper: string) {
    const text = read(paper);
    const found = (pattern: RegExp): readonly string[] => [...text.matchAll(pattern)].map(([all]) => all);
    const plain = (block: string) =>
      block.replaceAll(/"reason":"[^"]*"|'[^']*'|\/\/ .*|>[^<\n]+<\/button>/g, '…');
    return {
      headings: found(/^#+ /gm),
      shell: blocksIn(text, 'sh').map(plain),
      html: blocksIn(text, 'html').map(plain),
      arrows: found(/^ {2}\w(?:->>|-->>|--x)\w:/gm),
      rows: found(/^\|(?: \d+ \|[^|]*\|)?/gm),
      steps: found(/^\d+\. /gm),
      names: quotedIn(text.replaceAll(/^```[\s\S]*?^```/gm, '')).toSorted(),
      links: linksIn(text)
        .filter((link) => !link.startsWith('README'))
        .map((link) => link.replace('.ko.md', '.md'))
        .toSorted(),
    };
  }

  it('say the same: headings, commands, snippets, pictures, tables, names, links', () => {
    const english = shape('README.md');
    expect(english.arrows.length).toBeGreaterThan(8);
    expect(shape('README.ko.md')).toEqual(english);
  });
});

describe('what a deployer reads', () => {
  const context = Object.entries(cdkJson().context).filter(([key]) => /^\w+$/.test(key));

  it('has every setting, with its default', () => {
    expect(namesIn(DEPLOY, 'key').toSorted()).toEqual(context.map(([key]) => key).toSorted());
    const rows = tableOf(DEPLOY, 'key');
    for (const [key, value] of context) {
      const [, told = ''] = rows.find(([names = '']) => quotedIn(names).includes(key)) ?? [];
      const values = [value].flat().filter((each) => each !== '' && typeof each !== 'object');
      for (const each of values) expect(told, key).toContain(String(each));
    }
  });

  it('marks the settings that are no props of the construct', () => {
    const marked = tableOf(DEPLOY, 'key').flatMap(([names = '']) =>
      [...names.matchAll(/`(\w+)` ¹/g)].map(([, name = '']) => name),
    );
    const props = Object.keys(settingsOf({}, 'Shop'));
    expect(marked.toSorted()).toEqual(
      context
        .map(([key]) => key)
        .filter((key) => !props.includes(key))
        .toSorted(),
    );
  });

  it('has every prop that is no setting', () => {
    const source = read('lib/stack/settings.ts');
    const [, , own = ''] = /^(.*)interface RefundServiceProps(.*)$/s.exec(source) ?? [];
    const props = [...own.matchAll(/^ {2}readonly (\w+)\?/gm)].map(([, name = '']) => name);
    expect(props.length).toBeGreaterThan(4);
    expect(namesIn(DEPLOY, 'prop').toSorted()).toEqual(props.toSorted());
  });

  it('has every output', () => {
    // Bundling the functions would take a minute, and no output depends on it.
    const { service } = stackWith({
      'aws:cdk:bundling-stacks': [],
      eventsUrl: 'https://shop.example/events',
    });
    const outputs = Object.keys(outputsOf(service));
    expect(namesIn(DEPLOY, 'output').toSorted()).toEqual(
      [...outputs, 'FrontDoorUrl', 'OrderAttributes', 'StaffDeskUrl'].toSorted(),
    );
  });

  it('has every event, and what its detail has beside the fields of a list', () => {
    expect(namesIn(DEPLOY, 'event')).toEqual(Object.keys(EVENT_TYPES));
    const own = Object.keys(EventDetail.entries).filter((field) => !(field in ListedRefund.entries));
    expect(namesIn(DEPLOY, 'field').toSorted()).toEqual(expect.arrayContaining(own));
  });

  it('has every command of refunds, in its own words; every file of a command is one of them', () => {
    const first = '`refunds`';
    const told = tableOf(DEPLOY, first).map(([name = '', summary]) => [quotedIn(name)[0], summary]);
    expect(told).toEqual(COMMANDS.map(({ name, summary }) => [name, summary]));
    const files = filesIn(['lib/cli/commands'], '.ts').map((file) => path.basename(file, '.ts'));
    expect(files.toSorted()).toEqual(COMMANDS.map(({ name }) => name).toSorted());
  });

  it('has every route, in the description of the API as well', () => {
    const { paths } = JSON.parse(read('lib/openapi/openapi.json')) as {
      readonly paths: Readonly<Record<string, object>>;
    };
    const described = Object.entries(paths).flatMap(([route, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${route}`),
    );
    expect(described.toSorted()).toEqual(Object.keys(ROUTES).toSorted());
  });

  it('has the attributes of an order, the throttles and the functions as they are', () => {
    const attributes = tableOf(DEPLOY, 'attribute').map(([name = '', prop = '']) => [
      quotedIn(prop)[0],
      quotedIn(name)[0],
    ]);
    expect(attributes).toEqual(Object.entries(DEFAULT_ORDER_ATTRIBUTES));
    const throttles = tableOf(DEPLOY, 'route').map(([route = '', ...limits]) => [
      quotedIn(route)[0],
      ...limits.map(Number),
    ]);
    const known = Object.entries(ROUTES).map(([route, { throttle }]) => [
      route,
      throttle.rate,
      throttle.burst,
    ]);
    expect(throttles).toEqual(known);
    const line = /^Functions that `concurrency` can name: (.*)$/m.exec(read(DEPLOY))?.[1] ?? '';
    expect(quotedIn(line)).toEqual(FUNCTION_NAMES);
  });
});

describe('what somebody with a local run reads', () => {
  it('has every variable of the environment', () => {
    const source = read('lib/lab/local/options.ts');
    const named = [...source.matchAll(/environment, '([A-Z_]+)'/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(8);
    expect(namesIn(LAB, 'variable').toSorted()).toEqual([...new Set(named)].toSorted());
  });

  it('has every control', () => {
    const sources = filesIn(['lib/lab/local/controls'], '.ts').map(read).join('\n');
    const routes = [...sources.matchAll(/(?:route: |control\()'([A-Z]+ \/_local[^']*)'/g)].map(
      ([, route = '']) => route,
    );
    expect(routes.length).toBeGreaterThan(20);
    expect(namesIn(LAB, 'control').toSorted()).toEqual(routes.toSorted());
  });

  it('has every fault in the simulator’s own words', () => {
    const known = Object.entries(FAULT_TABLE).map(([name, { group, parameters, en }]) => [
      `\`${name}\``,
      group,
      parameters.map((parameter) => `\`${parameter}\``).join(' '),
      en.replaceAll('&', '&amp;'),
    ]);
    expect(tableOf(LAB, 'fault')).toEqual(known);
  });
});

it('the page’s developer reads of every outcome that the client has', () => {
  const source = read('lib/client/outcomes.ts');
  const kinds = [...source.matchAll(/^ {2}readonly kind: '(\w+)';/gm)].map(([, kind = '']) => kind);
  expect(kinds.length).toBeGreaterThan(6);
  expect(namesIn('lib/packages/client-README.md', 'outcome').toSorted()).toEqual(kinds.toSorted());
});

it('the maintainer reads of every npm script', () => {
  const told = namesIn('CONTRIBUTING.md', 'command').map(
    (command) => /^npm (?:run )?([\w:-]+)/.exec(command)?.[1] ?? command,
  );
  expect(told.toSorted()).toEqual(Object.keys(scripts()).toSorted());
});

describe('the picture of the rooms', () => {
  const picture = blocksIn(read('CONTRIBUTING.md'), 'mermaid')[0] ?? '';
  const rooms = new Map(
    [...picture.matchAll(/(\w+)\["([^"<]+)/g)].map(([, id = '', room = '']) => [room, id]),
  );
  const drawn = [...picture.matchAll(/^ +(\w+)(?:\[[^\]]+\])? --> (\w+)/gm)].map(
    ([, from = '', to = '']) => `${from} ${to}`,
  );

  function roomOf(file: string): string | undefined {
    const folder = path.dirname(file);
    const room =
      folder === 'functions'
        ? 'functions/*.ts'
        : [...rooms.keys()].find((each) => `${folder}/`.startsWith(`${each}/`));
    return room === undefined ? undefined : rooms.get(room);
  }

  /** From one room into another, as the sources have it. */
  const imports = filesIn(['bin', 'functions', 'lib'], '.ts').flatMap((file) =>
    [...read(file).matchAll(/from '(\.[^']+)'|import\('(\.[^']+)'\)/g)].map(([, fixed, late]) => ({
      from: roomOf(file),
      to: roomOf(path.join(path.dirname(file), fixed ?? late ?? '')),
    })),
  );

  function leads(from: string | undefined, to: string | undefined): boolean {
    if (from === to) return true;
    return drawn.some((arrow) => arrow.startsWith(`${from} `) && leads(arrow.split(' ')[1], to));
  }

  it('has every room, and a way along its arrows for every import', () => {
    expect(imports.length).toBeGreaterThan(500);
    const astray = imports.filter(
      ({ from, to }) => from === undefined || to === undefined || !leads(from, to),
    );
    expect([...new Set(astray.map(({ from, to }) => `${from} ${to}`))]).toEqual([]);
  });

  it('has no arrow that no import follows', () => {
    const followed = new Set(imports.map(({ from, to }) => `${from} ${to}`));
    expect(drawn.length).toBeGreaterThan(10);
    expect(drawn.filter((arrow) => !followed.has(arrow))).toEqual([]);
  });
});

describe('what runs at GitHub', () => {
  const workflows = filesIn(['.github/workflows'], '.yml');

  it('is pinned to a commit each, whose version stands beside it', () => {
    expect(workflows.length).toBeGreaterThan(2);
    const uses = workflows.flatMap((file) => read(file).match(/uses: .+$/gm) ?? []);
    expect(uses.length).toBeGreaterThan(5);
    expect(uses.filter((line) => !/^uses: [\w./-]+@[0-9a-f]{40} # v[\d.]+$/.test(line))).toEqual([]);
  });

  it('may read, and more only where the job says why', () => {
    for (const file of workflows) expect(read(file), file).toMatch(/^permissions:\n {2}contents: read$/m);
  });

  it('signs in a job that runs nothing of the repository: it takes what another job has made', () => {
    const jobs = workflows.flatMap(
      (file) =>
        read(file)
          .split(/^jobs:$/m)[1]
          ?.split(/^ {2}(?=\w+:$)/m) ?? [],
    );
    const signing = jobs.filter((job) => job.includes('id-token: write'));
    expect(signing).toHaveLength(1);
    for (const job of signing) expect(job).not.toMatch(/run:|actions\/checkout/);
  });

  it('runs only npm scripts that exist', () => {
    const text = [...workflows, '.ci/run'].map(read).join('\n');
    const named = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => scripts()[name] === undefined)).toEqual([]);
  });
});

describe('the version', () => {
  it('has its entry in the changelog, with a date when it is released', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(read('CHANGELOG.md')).toMatch(
      new RegExp(
        `^## \\[${version.replaceAll('.', String.raw`\.`)}\\] - (\\d{4}-\\d{2}-\\d{2}|unreleased)$`,
        'm',
      ),
    );
    expect(read('package-lock.json')).toContain(`"version": "${version}"`);
  });
});
