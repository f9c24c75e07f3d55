import type { Show } from "./figures.ts";
import { type MailReport, measureMail } from "./mailWallets.ts";
import { type DigitReport, measureDigits } from "./mnistWallets.ts";

export interface WalletReport {
  readonly mail: MailReport;
  readonly digits: DigitReport;
}

/**
 * How well rules pay wallets for what they did: correlations of wallet weights with ground truths that train again.
 *
 * @param seeds - one run each
 * @param quick - few wallets, to see that it runs
 */
export function measureWallets(seeds: readonly number[], quick: boolean, show: Show): WalletReport {
  return { mail: measureMail(seeds, quick, show), digits: measureDigits(seeds, quick, show) };
}
