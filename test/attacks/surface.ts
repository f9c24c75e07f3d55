import type { Interface } from "ethers";
import { ROLES } from "../../client/index.ts";
import type { Suite } from "../support/suite.ts";

/**
 * Every function of the suite that changes something, by contract: what isn't here can't be called. A new one has to be
 * added, and then the attacks of which a test says that there is no call for them must be thought through again.
 */
export const CALLS: Record<Exclude<(typeof ROLES)[number], "currency">, readonly string[]> = {
  datasets: [
    "accept",
    "approve",
    "approveTrainers",
    "cancelNonces",
    "contribute",
    "contributeAdmitted",
    "contributeBatch",
    "contributeSigned",
    "createDataset",
    "freeze",
    "reject",
    "retire",
    "review",
    "safeTransferFrom",
    "setAllowLists",
    "setApprovalForAll",
    "setCurator",
    "setMetadata",
    "setTerms",
    "transferFrom",
    "withdrawContribution",
  ],
  models: [
    "approve",
    "register",
    "safeTransferFrom",
    "setApprovalForAll",
    "setChildTerms",
    "setOperator",
    "setPayout",
    "transferFrom",
  ],
  ledger: [
    "credit",
    "creditHeld",
    "distribute",
    "distributeMany",
    "hold",
    "payOut",
    "releaseHeld",
    "settle",
    "withdraw",
    "withdrawMany",
  ],
  market: [
    "cancelWithdrawal",
    "charge",
    "delist",
    "deposit",
    "depositWithPermit",
    "list",
    "onCredit",
    "pay",
    "payFor",
    "payPrepaid",
    "payWithAuthorization",
    "payWithPermit",
    "redeem",
    "redeemSigned",
    "requestWithdrawal",
    "withdraw",
  ],
  receivers: ["onCredit", "sweep"],
  vault: ["deposit", "lock", "requestWithdrawal", "slash", "unlock", "withdraw"],
  indexes: [
    "activateIndex",
    "callSilence",
    "commitBasis",
    "commitIndex",
    "demandRow",
    "rejectIndex",
    "releaseDemand",
    "showRow",
  ],
  usage: ["cut", "report"],
  attribution: [
    "enterChallenge",
    "fallBack",
    "finalise",
    "leaveChallenge",
    "payChallenge",
    "propose",
    "proposeWeights",
    "rejectInterval",
    "rejectStatement",
    "voidStatement",
  ],
  challenges: ["callSilence", "challenge", "defend", "descend", "open", "refute", "settle"],
  payouts: [
    "appoint",
    "claim",
    "claimProRata",
    "claimProRataOf",
    "claimSingleLine",
    "fallBack",
    "open",
    "setRecipient",
    "touch",
  ],
};

/** The contracts of the suite, without the currency. */
export type SuiteRole = keyof typeof CALLS;
export const SUITE_ROLES = ROLES.filter((role): role is SuiteRole => role !== "currency");

/** The functions of a contract that change something (or that only read), by name, in order, each once. */
export function functionsOf(abi: Interface, kind: "changing" | "reading"): string[] {
  const names = new Set<string>();
  abi.forEachFunction(({ name, stateMutability }) => {
    const reads = stateMutability === "view" || stateMutability === "pure";
    if (reads === (kind === "reading")) names.add(name);
  });
  return [...names].sort();
}

/** Values that a contract fixed when it was deployed, by name: what its views in capitals say. */
export async function constantsOf(suite: Suite, role: SuiteRole): Promise<Record<string, unknown>> {
  const contract = suite[role];
  const names = functionsOf(contract.interface, "reading").filter((name) => name === name.toUpperCase());
  const values = await Promise.all(
    names.map(async (name) => [name, (await contract.getFunction(name).staticCall()) as unknown] as const),
  );
  return Object.fromEntries(values);
}

const [PUSH1, PUSH32, CALLCODE, DELEGATECALL, SELFDESTRUCT] = [0x60, 0x7f, 0xf2, 0xf4, 0xff];

/** Instructions by which code could be exchanged that stand in a contract's code before its trailing metadata. */
export function exchanging(code: Uint8Array): string[] {
  const found: string[] = [];
  const metadata = (code.at(-2) ?? 0) * 256 + (code.at(-1) ?? 0) + 2;
  for (let at = 0; at < code.length - metadata; at++) {
    const instruction = code[at] ?? 0;
    if (instruction >= PUSH1 && instruction <= PUSH32) at += instruction - PUSH1 + 1;
    else if ([CALLCODE, DELEGATECALL, SELFDESTRUCT].includes(instruction)) found.push(`0x${instruction.toString(16)}`);
  }
  return found;
}
