import { type Ground, linesOf, streamOf } from "./attributionGround.ts";
import { Refusal } from "./attributionJournal.ts";
import { payoutHash, type Sealed } from "./attributionStatements.ts";
import { climb, leafOf, type WeightNode } from "./attributionTrees.ts";

/** A line that is claimed. */
export interface ClaimedLine {
  readonly index: number;
  readonly weight: bigint;
  readonly proof: readonly WeightNode[];
}

/** Lines of one statement that are claimed. */
export interface LineClaims {
  readonly sealed: Sealed;
  readonly lines: readonly ClaimedLine[];
}

/** Contributions of one stream whose pro-rata money is claimed. */
export interface RowClaims {
  readonly stream: bigint;
  readonly indexes: readonly number[];
}

/** The referee of payments, claims and withdrawals: who is sent how much, and from where. */
export class MoneyReferee {
  readonly #ground: Ground;
  /** Tokens that each account holds. */
  readonly #tokens = new Map<string, bigint>();
  readonly #recipients = new Map<string, string>();
  /** Hashes of final statements' payouts. */
  readonly #finals = new Set<string>();
  paidIn = 0n;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  tokensOf(account: string): bigint {
    return this.#tokens.get(account) ?? 0n;
  }

  /** Tokens come to an account, or leave it. */
  move(account: string, amount: bigint): void {
    this.#tokens.set(account, this.tokensOf(account) + amount);
  }

  pay(model: number, amount: bigint, from: string): void {
    const { lineage, places, journal } = this.#ground;
    lineage.pay(model, amount);
    this.paidIn += amount;
    this.move(from, -amount);
    journal.note("currency.Transfer", from, places.ledger, amount);
    journal.note("ledger.FeesCredited", model, amount, lineage.fees(model));
  }

  distribute(model: number, parents: readonly number[]): void {
    const { lineage, places, journal } = this.#ground;
    const [gross, royalties] = lineage.divided(model);
    if (gross === lineage.gross(model) && royalties === lineage.royalties(model)) return;
    const payee = lineage.payeeOf(model);
    const before = [lineage.balanceOf(places.treasury), lineage.balanceOf(payee)] as const;
    const shares = parents.map((parent) => lineage.royalties(parent));
    lineage.distribute(model);
    const protocol = lineage.balanceOf(places.treasury) - before[0];
    const developer = lineage.balanceOf(payee) - before[1];
    if (protocol !== 0n) journal.note("ledger.ProtocolFeePaid", model, protocol);
    if (developer !== 0n) journal.note("ledger.DeveloperPaid", model, payee, developer);
    parents.forEach((parent, i) => {
      const share = lineage.royalties(parent) - (shares[i] ?? 0n);
      if (share !== 0n) journal.note("ledger.RoyaltyPaid", model, parent, share);
    });
    journal.note("ledger.Distributed", model, lineage.fees(model), lineage.royalties(model));
  }

  withdraw(account: string, to: string): void {
    if (this.#ground.lineage.balanceOf(account) === 0n) throw new Refusal("NothingToWithdraw", account);
    this.#withdraw(account, to);
  }

  withdrawMany(accounts: readonly string[]): void {
    for (const account of accounts) {
      if (this.#ground.lineage.balanceOf(account) !== 0n) this.#withdraw(account, account);
    }
  }

  setRecipient(contributor: string, recipient: string): void {
    this.#recipients.set(contributor, recipient);
    this.#ground.journal.note("payouts.RecipientSet", contributor, recipient);
  }

  payeeOf(contributor: string): string {
    const recipient = this.#recipients.get(contributor);
    return recipient === undefined || BigInt(recipient) === 0n ? contributor : recipient;
  }

  /** Makes lines of a statement claimable. */
  open({ statement }: Sealed): void {
    this.#finals.add(payoutHash(statement));
  }

  /** @throws Refusal when the statement isn't final or a proof is wrong */
  worthOf({ statement }: Sealed, { index, weight, proof }: ClaimedLine): { contributor: string; amount: bigint } {
    const { stream, interval, lines, root, total, pool } = statement.payout;
    if (!this.#finals.has(payoutHash(statement))) throw new Refusal("PayoutNotFinal", stream, interval);
    const top = climb(leafOf(index, weight), 0, index, Number(lines), proof);
    if (top.root.hash !== root || top.root.sum !== total) throw new Refusal("LineNotInStatement", index, weight);
    const amount = (pool * (top.prefix + weight)) / total - (pool * top.prefix) / total;
    return { contributor: streamOf(this.#ground, stream).money.terms.contributors[index] ?? "", amount };
  }

  /** @throws Refusal when the proof doesn't lead to the payout of a final statement */
  #claimable({ statement }: Sealed, { index, weight, proof }: ClaimedLine): bigint {
    const { stream, interval, lines, root, total, pool } = statement.payout;
    const top = climb(leafOf(index, weight), 0, index, Number(lines), proof);
    if (!this.#finals.has(payoutHash(statement)) || top.root.hash !== root || top.root.sum !== total) {
      throw new Refusal("LineNotFinal", stream, interval, index, weight);
    }
    return (pool * (top.prefix + weight)) / total - (pool * top.prefix) / total;
  }

  claim(claims: readonly LineClaims[]): void {
    const { places, journal } = this.#ground;
    const seen = new Set<string>();
    const worths = claims.map(({ sealed, lines }) => {
      const { stream, interval } = sealed.statement.payout;
      const { money } = streamOf(this.#ground, stream);
      // A line that was paid before is skipped, but its proof is looked at.
      return lines.map((line) => {
        const amount = this.#claimable(sealed, line);
        const key = `${stream} ${interval} ${line.index}`;
        if (seen.has(key) || money.isClaimed(Number(interval), line.index)) return 0n;
        if (amount !== 0n) seen.add(key);
        return amount;
      });
    });
    claims.forEach(({ sealed, lines }, i) => {
      const { stream, interval } = sealed.statement.payout;
      const { money } = streamOf(this.#ground, stream);
      lines.forEach(({ index }, j) => {
        const contributor = money.terms.contributors[index] ?? "";
        const amount = worths[i]?.[j] ?? 0n;
        if (amount === 0n) return;
        if (money.claim(Number(interval), index) !== amount) throw new Error("a line is paid what it isn't worth");
        const to = this.payeeOf(contributor);
        this.move(to, amount);
        journal.note("currency.Transfer", places.payouts, to, amount);
        journal.note("payouts.LineClaimed", payoutHash(sealed.statement), contributor, index, amount);
      });
    });
  }

  claimProRata(claims: readonly RowClaims[]): void {
    const { places, journal } = this.#ground;
    for (const { stream: id, indexes } of claims) {
      const lines = linesOf(streamOf(this.#ground, id));
      for (const index of indexes) if (index >= lines) throw new Refusal("ContributionOutOfRange", index, lines);
    }
    for (const { stream: id, indexes } of claims) {
      const { money } = streamOf(this.#ground, id);
      for (const index of indexes) {
        const amount = money.claimProRata(index);
        if (amount === 0n) continue;
        const contributor = money.terms.contributors[index] ?? "";
        const to = this.payeeOf(contributor);
        this.move(to, amount);
        journal.note("currency.Transfer", places.ledger, to, amount);
        journal.note("payouts.ProRataClaimed", id, contributor, index, amount);
      }
    }
  }

  #withdraw(account: string, to: string): void {
    const { lineage, places, journal } = this.#ground;
    const amount = lineage.withdraw(account);
    this.move(to, amount);
    journal.note("currency.Transfer", places.ledger, to, amount);
    journal.note("ledger.Withdrawn", account, to, amount);
  }
}
