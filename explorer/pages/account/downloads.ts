import { stringify } from "csv-stringify/browser/esm/sync";
import type { AddressBook } from "../../../client/addressBook.ts";
import { ClientError } from "../../../client/clientError.ts";
import type { Hex, IndexClient } from "../../../client/indexApi/index.ts";
import { itemsOf } from "../../../client/indexApi/paging.ts";
import type { Claim } from "../../../scorer/index.ts";
import type { Currency } from "../../config/config.ts";
import type { MadeFile } from "../../components/DownloadButton.tsx";
import { amountText } from "../../words/amounts.ts";
import { abreast } from "./claimActions.ts";

/** Items that are asked for at a time. */
const LIMIT = 1_000;

/**
 * All events that name an account, oldest first, as CSV (RFC 4180). A cell that a spreadsheet would take for a formula is
 * marked as text, as parts of events are anybody's words.
 */
export async function historyFile(api: IndexClient, account: string, currency: Currency): Promise<MadeFile> {
  const rows: (readonly (string | number)[])[] = [];
  for await (const item of itemsOf((paging) => api.history(account, paging), { limit: LIMIT, order: "asc" })) {
    const { block, time, transactionHash, contract, name, args } = item;
    const { amount } = args;
    const shown =
      typeof amount === "string" && /^[0-9]+$/.test(amount) ? amountText(BigInt(amount), currency.decimals).exact : "";
    const when = new Date(time * 1_000).toISOString();
    rows.push([when, block, transactionHash, contract, name, shown.replaceAll(",", ""), JSON.stringify(args)]);
  }
  const columns = ["time", "block", "transaction", "contract", "event", `amount (${currency.symbol})`, "arguments"];
  const text = stringify([columns, ...rows], { escape_formulas: true, record_delimiter: "windows" });
  return { name: `history-${account}.csv`, type: "text/csv", text };
}

/**
 * An account's lines of a statement as a claim file, which anybody can check and send. Proofs and amounts are recomputed
 * here, against root, total and pool.
 *
 * @throws ClientError `not-found` if the account has no line that pays; `file-missing`
 */
export async function claimFile(api: IndexClient, book: AddressBook, hash: string, account: string): Promise<MadeFile> {
  const { decodeClaim, encodeClaim } = await import("../../../scorer/index.ts");
  const { data: statement } = await api.statement(hash);
  const { stream, interval, dataset, lines: count, root, total, pool } = statement;
  const places: number[] = [];
  const own = (paging: object) => api.accountContributions(account, { status: "accepted", ...paging });
  for await (const { dataset: of, position } of itemsOf(own, { limit: LIMIT })) {
    if (of === dataset && position !== null && position < count) places.push(position);
  }
  const lines = await abreast(
    places.toSorted((a, b) => a - b),
    async (place) => (await api.line(hash, place)).data,
  );
  const paid = lines.filter(({ amount }) => amount > 0n);
  if (paid.length === 0) throw new ClientError("not-found", "the statement has no line that pays this account");
  const claim: Claim = {
    chainId: book.chainId,
    payouts: book.contracts.payouts.toLowerCase() as Hex,
    contributor: account.toLowerCase() as Hex,
    payout: { stream: BigInt(stream), interval, dataset: BigInt(dataset), lines: count, root, total, pool },
    lines: paid.map(({ line, weight, amount, proof }) => ({ index: line, weight, amount, proof })),
  };
  const text = encodeClaim(claim);
  decodeClaim(text);
  return { name: `claim-${stream}-${interval}.json`, type: "application/json", text };
}
