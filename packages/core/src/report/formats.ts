/** 0.9615 as "96.2%", 0.00142 as "0.14%"; never "100%" or "0%" for what is only near. */
export function percent(share: number): string {
  if (share > 0.9995 && share < 1) return '>99.9%';
  if (share < 0.0001 && share > 0) return '<0.01%';
  if (share < 0.01) return `${Number((share * 100).toPrecision(2))}%`;
  return `${(share * 100).toFixed(1).replace(/\.0$/, '')}%`;
}

/** 1235496 as "1,235,496". */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** "1 example", "2 examples". */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** Four significant digits, without zeros at the end, or a whole number: 0.08412, 1.5, 21,430. */
export function decimal(value: number): string {
  if (Math.abs(value) >= 1000 && Math.abs(value) < 1e15) return count(Math.round(value));
  return String(Number(value.toPrecision(4)));
}

/** "0.42 s", "12.3 s", "3 min 20 s". */
export function duration(seconds: number): string {
  if (seconds < 10) return `${Number(seconds.toFixed(2))} s`;
  if (seconds < 60) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  return `${count(Math.floor(whole / 60))} min ${whole % 60} s`;
}

/** "a", "a and b", "a, b and c". */
export function listed<T>(items: readonly T[], last = 'and'): (T | string)[] {
  return items.flatMap((item, index) => {
    if (index === 0) return [item];
    return [index === items.length - 1 ? ` ${last} ` : ', ', item];
  });
}

/** Cuts the middle out of a text of more than `length` characters: "conv2_bl…_1_conv". */
export function shorten(text: string, length: number): string {
  const characters = [...text];
  if (characters.length <= length) return text;
  const front = Math.ceil((length - 1) / 2);
  return `${characters.slice(0, front).join('')}…${characters.slice(front + 1 - length).join('')}`;
}

/** At most two decimals, for coordinates. */
export function coordinate(value: number): number {
  return Math.round(value * 100) / 100;
}
