const UNITS = [
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
  [1, "second"],
] as const;

/** A span of time in its two largest units: "2 days 3 hours". */
export function spanText(seconds: number): string {
  const span = Math.max(0, Math.floor(seconds));
  const first = UNITS.findIndex(([size]) => span >= size);
  if (first === -1) return "0 seconds";
  const parts: string[] = [];
  let rest = span;
  for (const [size, name] of UNITS.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${name}${count === 1 ? "" : "s"}`);
  }
  return parts.join(" ");
}

/** How long ago or ahead: "3 minutes ago", "in 2 days". */
export function relativeText(time: number, now: number): string {
  const distance = time - now;
  if (Math.abs(distance) < 5) return "just now";
  const [size, name] = UNITS.find(([unit]) => Math.abs(distance) >= unit) ?? [1, "second"];
  const count = Math.floor(Math.abs(distance) / size);
  const span = `${count} ${name}${count === 1 ? "" : "s"}`;
  return distance < 0 ? `${span} ago` : `in ${span}`;
}

const DATE = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  timeZone: "UTC",
});

/** A moment in Coordinated Universal Time. */
export function dateText(time: number): string {
  return `${DATE.format(new Date(time * 1_000))} UTC`;
}
