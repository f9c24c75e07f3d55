import { item } from "../support/fixture.ts";
import type { ClaimedLine, LineClaims, RowClaims } from "./attributionMoney.ts";
import { nodeBytes } from "./attributionTrees.ts";

/** How claims are written as arguments of `StreamPayouts`: the one place that knows their layout. */

function lineArgument({ index, weight, proof }: ClaimedLine) {
  return { index, weight, proof: nodeBytes(proof) };
}

export function claimArguments(claims: readonly LineClaims[]): unknown[] {
  return [claims.map(({ sealed, lines }) => ({ payout: sealed.statement.payout, lines: lines.map(lineArgument) }))];
}

export function previewArguments({ sealed, lines }: LineClaims): unknown[] {
  return [sealed.statement.payout, lineArgument(item(lines, 0))];
}

export function rowClaimArguments(claims: readonly RowClaims[]): unknown[] {
  return [claims];
}
