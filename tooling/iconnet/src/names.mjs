/** Words in an icon's name that say how it is drawn, not what it shows. */
const STYLE_WORDS = new Set(
  `outline outlined outlines fill filled solid line linear bold thin light duotone twotone duo tone regular
  rounded round sharp o alt stroke micro mini baseline bx bxs ios md color flat thick variant negative default
  simple v1 v2`.split(/\s+/),
);

/**
 * What an icon shows, without style words and numbers.
 *
 * @example subjectOf('baseline-alarm-clock-24') // 'alarm-clock'
 */
export function subjectOf(name) {
  return name
    .split('-')
    .filter((word) => !STYLE_WORDS.has(word) && !/^\d+$/.test(word))
    .join('-');
}
