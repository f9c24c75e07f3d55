/** Waits until the process is asked to end: by SIGINT, as Ctrl-C sends it, or SIGTERM. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}

/**
 * What has started, or undefined when the process was asked to end before. What was on its way then ends with the process:
 * whatever may be killed at any time may be left like that.
 */
export async function unlessStopped<T>(starting: Promise<T>, stopped: Promise<void>): Promise<T | undefined> {
  const started = await Promise.race([starting, stopped.then(() => undefined)]);
  if (started === undefined) starting.catch(() => undefined);
  return started;
}
