/**
 * What can command a terminal or turn text around: control characters (ANSI and OSC sequences start with one),
 * line separators, marks that change the direction of text, and lone halves of surrogate pairs.
 */
const dangerous = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]|\p{Cs}/gu;

/**
 * Text from files and folders, harmless to show: what could act on the terminal is shown as its code.
 *
 * @example
 * harmless('car\u001b[2J'); // 'car\\u001b[2J'
 */
export function harmless(text: string): string {
  return text.replace(dangerous, asEscape);
}

/** One line of JSON. It means the same with the dangerous characters written as escapes. */
export function jsonLine(value: unknown): string {
  return `${harmless(JSON.stringify(value))}\n`;
}

function asEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
