/**
 * Ice is what was kept, warm is what was trained. `ink` colours are for text, `fill` for areas behind text,
 * `edge` for outlines, `mark` for small solid shapes.
 */
export const palette = {
  light: {
    page: '#faf9f6',
    card: '#ffffff',
    ink: '#1c2733',
    muted: '#586473',
    edge: '#e3e0d9',
    grid: '#eceae5',
    'ice-fill': '#eaf4fb',
    'ice-edge': '#a9cfe8',
    'ice-mark': '#3d8cc4',
    'ice-ink': '#1d5a86',
    'warm-fill': '#fdeedd',
    'warm-edge': '#f0b67c',
    'warm-mark': '#dd7420',
    'warm-ink': '#8b4409',
    'bad-fill': '#fce8e8',
    'bad-mark': '#c8373a',
    'bad-ink': '#9c2226',
  },
  dark: {
    page: '#10151b',
    card: '#171e26',
    ink: '#e7ecf1',
    muted: '#9eabb8',
    edge: '#2a3440',
    grid: '#232c36',
    'ice-fill': '#13293a',
    'ice-edge': '#2f5f83',
    'ice-mark': '#58a8dc',
    'ice-ink': '#a9d5f3',
    'warm-fill': '#35230f',
    'warm-edge': '#8b5a26',
    'warm-mark': '#f0964b',
    'warm-ink': '#ffcf9f',
    'bad-fill': '#3a1a1c',
    'bad-mark': '#f0696b',
    'bad-ink': '#ffb3b1',
  },
} as const;

/** The palette of one theme as CSS custom properties. */
export function customProperties(theme: keyof typeof palette): string {
  return Object.entries(palette[theme])
    .map(([name, color]) => `--${name}:${color}`)
    .join(';');
}
