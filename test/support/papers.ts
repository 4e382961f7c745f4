import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export function readPaper(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}

/** The fenced code blocks in one language, in order. */
export function blocksIn(text: string, language: string): readonly string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms');
  return [...text.matchAll(fence)].map(([, block = '']) => block);
}

/** Every `refunds` command in a text, without `npm run …`, comments and pipes. */
export function refundsCommandsIn(text: string): readonly string[] {
  return [...text.matchAll(/npm run (?:--silent )?refunds -- ([^\n#|`]+)/g)].map(([, words = '']) =>
    words.trim(),
  );
}

/** Rows of the table whose first column has this heading, as cells. */
export function tableOf(paper: string, firstHeading: string): readonly (readonly string[])[] {
  const lines = readPaper(paper).split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${firstHeading} |`));
  if (start === -1) throw new Error(`${paper} has no table that begins with ${firstHeading}`);
  const rows = lines.slice(start + 2);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  return rows.slice(0, end === -1 ? undefined : end).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

/** Texts in backquotes in one column of that table, from top to bottom. */
export function namesIn(paper: string, firstHeading: string, column = 0): readonly string[] {
  return tableOf(paper, firstHeading).flatMap((cells) => quotedIn(cells[column] ?? ''));
}

export function quotedIn(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, quoted = '']) => quoted);
}

/** File names in the folders, from the root. */
export function filesIn(folders: readonly string[], ending: string): readonly string[] {
  return folders
    .flatMap((folder) =>
      readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
        path.join(folder, name),
      ),
    )
    .filter((file) => file.endsWith(ending));
}

/** Every paper of the project. */
export function allPapers(): readonly string[] {
  const atTheTop = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  return [...atTheTop, ...filesIn(['functions', 'lib', 'test'], '.md')];
}

/** Links of a paper to missing files and headings. */
export function deadLinks(paper: string): readonly string[] {
  return linksIn(readPaper(paper)).filter((link) => {
    const [file = '', heading] = link.split('#');
    const target = file === '' ? paper : path.join(path.dirname(paper), file);
    if (!existsSync(path.join(ROOT, target))) return true;
    return heading !== undefined && !headingsOf(target).includes(heading);
  });
}

/** GitHub's anchor for a heading. */
function headingsOf(paper: string): readonly string[] {
  return [...readPaper(paper).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Links of a text, without external ones. */
export function linksIn(text: string): readonly string[] {
  const links = text.matchAll(/\]\((?!https?:|mailto:)([^)\s]+)/g);
  return [...links].map(([, link = '']) => link);
}

/** Links of a text to files. */
export function linksOf(text: string): readonly string[] {
  return linksIn(text)
    .map((link) => link.split('#')[0] ?? '')
    .filter((file) => file !== '');
}
