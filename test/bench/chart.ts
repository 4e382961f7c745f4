import type { Pair } from './stats.ts';

const ROW = 34;
const WIDTH = 760;
const LEFT = 430;
const RIGHT = 60;

/** Ratios as bars, ours against the other, with the line where both are the same. */
export function chartOf(pairs: readonly Pair[]): string {
  const most = Math.max(1.5, ...pairs.map(({ ratio }) => ratio.high)) * 1.05;
  const x = (ratio: number): number => LEFT + (ratio / most) * (WIDTH - LEFT - RIGHT);
  const rows = pairs.map((pair, index) => rowOf(pair, index * ROW + 30, x));
  const height = pairs.length * ROW + 40;
  const one = x(1).toFixed(1);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13">
<title>A refund of this service, as a multiple of the other side (less is better)</title>
<rect width="100%" height="100%" fill="#fff"/>
${rows.join('\n')}
<line x1="${one}" y1="16" x2="${one}" y2="${height - 10}" stroke="#888" stroke-dasharray="3 3"/>
<text x="${one}" y="12" text-anchor="middle" fill="#555">1.0</text>
</svg>
`;
}

function rowOf({ what, other, ratio, target }: Pair, y: number, x: (ratio: number) => number): string {
  const isMet = target === undefined || ratio.median <= target;
  const shortened = what.replace(', the start at a whole one as in Lambda', '');
  const label = `${shortened} ÷ ${other.name}`.replaceAll('&', '&amp;').replaceAll("'", '&#39;');
  const spread = `<line x1="${x(ratio.low).toFixed(1)}" y1="${y + 8}" x2="${x(ratio.high).toFixed(1)}" y2="${y + 8}" stroke="#333"/>`;
  return `<text x="${LEFT - 8}" y="${y + 12}" text-anchor="end">${label}</text>
<rect x="${LEFT}" y="${y}" width="${(x(ratio.median) - LEFT).toFixed(1)}" height="16" fill="${isMet ? '#4a90d9' : '#d9884a'}"/>
${spread}
<text x="${WIDTH - RIGHT + 8}" y="${y + 12}">${ratio.median.toFixed(2)}</text>`;
}
