/** Seconds between two lines where lines stay, as in a log. */
const LOG_SECONDS = 5;

/**
 * Says how far something is, how fast it goes and how long it will take: `4,120/8,110 rows, 960/s, 4 s left`.
 *
 * @param total - how many there are
 * @param unit - what they are: `rows`
 * @param show - called with the text; a terminal shows the last one, a log some of them (`seldom`)
 * @param now - a clock, in milliseconds
 * @returns to be called with the number that is done, as often as one likes
 */
export function progress(
  total: number,
  unit: string,
  show: (detail: string) => void,
  now: () => number = () => performance.now(),
): (done: number) => void {
  const start = now();
  return (done) => {
    const seconds = (now() - start) / 1000;
    const parts = [`${decimal(done)}/${decimal(total)} ${unit}`];
    if (done > 0 && seconds > 0) {
      const rate = done / seconds;
      parts.push(`${decimal(rate)}/s`, done < total ? `${duration((total - done) / rate)} left` : duration(seconds));
    }
    show(parts.join(", "));
  };
}

/** Passes on a text only when the one before is some time ago: what is written to a log can't be overwritten. */
export function seldom(
  write: (text: string) => void,
  seconds = LOG_SECONDS,
  now: () => number = () => performance.now(),
): (text: string) => void {
  let last = now();
  return (text) => {
    if (now() - last < 1000 * seconds) return;
    last = now();
    write(text);
  };
}

function decimal(value: number): string {
  return value.toLocaleString("en", value < 10 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 0 });
}

/** `4 s`, `3 min 20 s`, `2 h 5 min` */
function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return whole < 3600 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
