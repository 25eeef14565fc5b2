import { expect, test } from 'vitest';
import { palette } from './palette.js';

/** Contrast ratio of two #rrggbb colours, WCAG 2.2, 1.4.3. */
function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function mix(color: string, share: number, other: string): string {
  const channel = (of: string, at: number) => Number.parseInt(of.slice(at, at + 2), 16);
  const mixed = [1, 3, 5].map((at) =>
    Math.round(channel(color, at) * share + channel(other, at) * (1 - share)),
  );
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

test.each(['light', 'dark'] as const)('texts of the %s theme can be read', (theme) => {
  const color = palette[theme];
  const pairs: [string, string][] = [
    ...(['ink', 'muted', 'ice-ink', 'warm-ink', 'bad-ink'] as const).flatMap((text): [string, string][] => [
      [color[text], color.page],
      [color[text], color.card],
    ]),
    [color['ice-ink'], color['ice-fill']],
    [color['warm-ink'], color['warm-fill']],
    [color.muted, color['bad-fill']],
    [color.muted, color.grid],
    // The strongest cells of the confusion matrix.
    [color.ink, mix(color['ice-mark'], 0.45, color['ice-fill'])],
    [color.ink, mix(color['warm-mark'], 0.45, color['warm-fill'])],
  ];
  for (const [text, ground] of pairs)
    expect(contrast(text, ground), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
});

test.each(['light', 'dark'] as const)('shapes of the %s theme can be seen', (theme) => {
  const color = palette[theme];
  for (const mark of ['ice-mark', 'warm-mark', 'bad-mark'] as const) {
    expect(contrast(color[mark], color.card), mark).toBeGreaterThanOrEqual(3);
  }
});
