/** Closes intervals now and then; what fails is tried again next time. */
function closeRegularly(
  context: Context,
  parts: Awaited<ReturnType<typeof openParts>>,
  hours: number,
  currency: Currency,
): { readonly stop: () => Promise<void> } {
  let running = Promise.resolve();
  const once = async (): Promise<void> => {
    try {
      context.note(fields(undefined, closedPairs(await closeInterval(parts), currency)));
    } catch (error) {
      context.note(`The interval could not be closed: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const timer = setInterval(() => {
    running = running.then(once);
  }, hours * 3_600_000);
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

function closedPairs({ redeemed, swept, cut, reports }: Closed, currency: Currency): [string, string][] {
  return [
    ["redeemed vouchers", money(redeemed, currency)],
    ["swept payments", money(swept, currency)],
    ["interval cut", cut === undefined ? "none" : String(cut)],
    ["reports posted", reports.length === 0 ? "none" : count(reports.length, "report")],
  ];
}

export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}
