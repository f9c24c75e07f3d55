/**
 * Says how far a long computation is: how much is done, how fast it goes, how long it will still take.
 *
 * @param unit - what is counted: "texts"
 * @param show - is given each text
 * @param now - milliseconds, from any moment
 * @returns takes what is done, and all there is
 */
export function progressOf(
  unit: string,
  show: (detail: string) => void,
  now: () => number = () => performance.now(),
): (done: number, total: number) => void {
  const started = now();
  return (done, total) => {
    const seconds = (now() - started) / 1000;
    const rate = seconds > 0 ? done / seconds : 0;
    const left = rate > 0 ? `, ${rate.toPrecision(2)} a second, ${duration((total - done) / rate)} left` : "";
    show(`${done} of ${total} ${unit}${left}`);
  };
}

/** 75 → 1 min 15 s */
function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
