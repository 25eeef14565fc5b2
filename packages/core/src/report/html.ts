/** Markup that may go into a page as it is. Only `html` makes it, so every text in it has been escaped. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type HtmlValue = Html | string | number | null | readonly HtmlValue[];

/**
 * Template tag for HTML and SVG: whatever is put in is escaped, unless it is `Html` itself. Lists are joined,
 * null is nothing. Line breaks of the template and the indentation behind them are left out of the page.
 * Attribute values have to stand in double quotes.
 *
 * @example
 * html`<td title="${name}">${cells}</td>`.text;
 */
export function html({ raw }: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const parts = raw.map((part, index) => part.replace(/\n\s*/g, '') + textOf(values[index] ?? null));
  return new Html(parts.join(''));
}

function textOf(value: HtmlValue): string {
  if (value === null) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(textOf).join('');
  return escapeText(String(value));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Text that neither opens markup nor reorders what stands around it: bidirectional overrides, embeddings and
 * isolates become visible, control characters and halves of surrogate pairs become U+FFFD.
 */
function escapeText(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => entities[character] as string)
    .replace(
      /[\u202a-\u202e\u2066-\u2069]/g,
      (character) => `[U+${character.charCodeAt(0).toString(16).toUpperCase()}]`,
    )
    .replace(/(?![\t\n])[\p{Cc}\p{Cs}]/gu, '\ufffd');
}
