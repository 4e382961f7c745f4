import type { Text } from '../refund/refusals.ts';

export type Language = keyof Text;

const DEFAULT_LANGUAGE: Language = 'en';

interface Range {
  readonly tag: string;
  readonly quality: number;
}

/** The choices in a header by preference, e.g. `ko-KR;q=0.8, en` of `Accept-Language` (RFC 9110, 12.4). */
export function rangesIn(header: string | undefined): readonly Range[] {
  return (header ?? '').split(',').map(readRange);
}

/** An unreadable weight counts as 1. */
function readRange(text: string): Range {
  const [tag = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  const quality = weight === undefined || weight === '' ? 1 : Number(weight);
  return { tag, quality: Number.isFinite(quality) ? quality : 1 };
}

/** Korean or English as the caller prefers; English without a preference. */
export function languageOf(acceptLanguage: string | undefined): Language {
  // When two weights are equal, the first one wins.
  const [best] = rangesIn(acceptLanguage)
    .filter(
      ({ tag, quality }) => quality > 0 && (tag === '*' || isLanguage(tag, 'ko') || isLanguage(tag, 'en')),
    )
    .toSorted((a, b) => b.quality - a.quality);
  return best !== undefined && isLanguage(best.tag, 'ko') ? 'ko' : DEFAULT_LANGUAGE;
}

function isLanguage(tag: string, language: Language): boolean {
  return tag === language || tag.startsWith(`${language}-`);
}
