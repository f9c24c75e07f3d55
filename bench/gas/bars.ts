/** An operation's bar, in gas (bytes for the last one), and what comparable systems take for the nearest thing. */
export interface Bar {
  readonly title: string;
  readonly bar?: number;
  readonly peers?: string;
}

/** Whole transactions, Prague rules, production build, OpenZeppelin ERC-20 as currency, URIs of 66 bytes in events. */
export const BARS = {
  createDataset: { title: "create a dataset", bar: 130_000, peers: "ERC-8004 agent 89,783 / 183,552; Ocean 606,159" },
  contribute: { title: "contribute any number of rows", bar: 85_000, peers: "EAS 204,635 and Vana 205,516 per row" },
  contributeRelayed50Each: {
    title: "contribute, relayed in a batch of 50, each, first nonces",
    bar: 85_000,
    peers: "EAS in bulk 165,600 per row",
  },
  accept40Each: { title: "accept a contribution, in a batch of 40" },
  registerModel1: { title: "register a model, 1 parent and a dataset", bar: 195_000, peers: "Story 1.18 M" },
  registerModel4: { title: "register a model, 4 parents and a dataset", bar: 212_000, peers: "Story 1.99 M" },
  registerModel16: { title: "register a model, 16 parents and a dataset", bar: 345_000, peers: "Story 5.24 M" },
  payWallet: { title: "pay an inference from the wallet", bar: 60_000, peers: "Ocean 80,804; Story 164,523" },
  payPermit: { title: "pay an inference with a permit" },
  payAuthorization: { title: "pay an inference with an EIP-3009 authorization" },
  payPrepaid: { title: "pay an inference from a prepaid balance", bar: 42_000 },
  redeemPayersEach: { title: "redeem vouchers of 100 payers, each", bar: 14_000 },
  redeemInferencesEach: { title: "redeem one voucher for 100 inferences, each", bar: 560 },
  sweep: { title: "sweep a model's receiver, repeat" },
  distribute4: {
    title: "distribute a model with 4 parents, repeat",
    bar: 100_000,
    peers: "Story 98,851 per (descendant, token)",
  },
  report512: { title: "post a usage report, 512 lanes", bar: 110_000 },
  propose: {
    title: "propose a statement, any number of contributors",
    bar: 112_000,
    peers: "UMA 193,993 (bonded); EigenLayer 106,048 (unbonded)",
  },
  challenge: { title: "challenge a node or a line", bar: 75_000, peers: "UMA 320,612; Story 330,976" },
  open256: { title: "open 256 nodes of a statement, 2^20 contributions", bar: 850_000 },
  descend: { title: "descend to a node that was opened" },
  defend512: { title: "defend a line, 512 lanes, 2^20 contributions", bar: 205_000 },
  refute512: { title: "refute a line, 512 lanes, 2^20 contributions", bar: 205_000 },
  defend8192: { title: "defend a line, 8,192 lanes, 2^20 contributions", bar: 1_500_000 },
  finalise: { title: "finalise a statement" },
  claimFirst: { title: "claim a line of 2^17, first", bar: 102_000, peers: "URD 96,081" },
  claimFirstFar: { title: "claim a line of 2^17 beyond the first 255, first" },
  claimRepeat: {
    title: "claim a line of 2^17, repeat",
    bar: 68_000,
    peers: "URD 61,923; Merkl 88,044; EigenLayer 91,462",
  },
  claimTenLines: { title: "claim ten lines of ten wallets in one call, repeat", bar: 390_000, peers: "Merkl 577,022" },
  claimProRata: { title: "claim pro-rata, repeat", bar: 60_000 },
  largestContractBytes: { title: "largest contract, bytes", bar: 16_000, peers: "Story 24,493" },
} as const satisfies Record<string, Bar>;

export type Operation = keyof typeof BARS;
