import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export function readPaper(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}

/** The fenced blocks of a text in one language, in order. */
export function blocksIn(text: string, language: string): readonly string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms');
  return [...text.matchAll(fence)].map(([, block = '']) => block);
}

/** Every `refunds` command that a text shows, without `npm run …`, comments and what is piped in or out. */
export function refundsCommandsIn(text: string): readonly string[] {
  return [...text.matchAll(/npm run (?:--silent )?refunds -- ([^\n#|`]+)/g)].map(([, words = '']) =>
    words.trim(),
  );
}

/** Names of the files in the folders, from the root. */
export function filesIn(folders: readonly string[], ending: string): readonly string[] {
  return folders
    .flatMap((folder) =>
      readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
        path.join(folder, name),
      ),
    )
    .filter((file) => file.endsWith(ending));
}

/** Links of a paper to files of the project that are not there. */
export function deadLinks(paper: string): readonly string[] {
  return linksIn(paper).filter((link) => !existsSync(path.join(ROOT, path.dirname(paper), link)));
}

export function linksIn(paper: string): readonly string[] {
  return linksOf(readPaper(paper));
}

/** Links of a text to files, without those to places on the net or in itself. */
export function linksOf(text: string): readonly string[] {
  const links = text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g);
  return [...links].map(([, link = '']) => link);
}
